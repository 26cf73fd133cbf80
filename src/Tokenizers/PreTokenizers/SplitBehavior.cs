namespace Thaw.Tokenizers.PreTokenizers;

/// <summary>What becomes of the parts of a text that match where it is split.</summary>
internal enum SplitBehavior
{
    /// <summary>They are left out.</summary>
    Removed,

    /// <summary>Each is a word of its own.</summary>
    Isolated,

    /// <summary>Each ends the word before it.</summary>
    MergedWithPrevious,

    /// <summary>Each begins the word behind it.</summary>
    MergedWithNext,

    /// <summary>Those that follow one another are one word.</summary>
    Contiguous,
}
