namespace Thaw.Tokenizers.PreTokenizers;

/// <summary>Characters that <see cref="CharacterSplit"/> splits at.</summary>
internal enum CharacterKind
{
    WhiteSpace,
    Number,
    Punctuation,

    /// <summary>The character that the file names.</summary>
    Delimiter,
}
