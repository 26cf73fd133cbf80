namespace Thaw.Tokenizers.PreTokenizers;

/// <summary>Which words get the replacement of a space in front of them if they do not begin with it.</summary>
internal enum PrependScheme
{
    Never,

    /// <summary>The word at the start of the text.</summary>
    First,
    Always,
}
