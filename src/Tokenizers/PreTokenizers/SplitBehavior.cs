namespace Thaw.Tokenizers.PreTokenizers;

/// <summary>What happens to the matches at which a text is split.</summary>
internal enum SplitBehavior
{
    /// <summary>They are removed.</summary>
    Removed,

    /// <summary>Each is a word of its own.</summary>
    Isolated,

    /// <summary>Each ends the word before it.</summary>
    MergedWithPrevious,

    /// <summary>Each begins the word after it.</summary>
    MergedWithNext,

    /// <summary>Adjacent ones are one word.</summary>
    Contiguous,
}
