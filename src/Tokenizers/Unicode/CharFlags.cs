namespace Thaw.Tokenizers.Unicode;

/// <summary>What the normalizer and the pre-tokenizer need to know about a character; a letter that never changes has none of the flags.</summary>
[Flags]
internal enum CharFlags : byte
{
    None = 0,

    /// <summary>Control, format or private use, U+0000 and U+FFFD, but not tab, line feed and carriage return.</summary>
    Other = 1,
    WhiteSpace = 2,

    /// <summary>Category P, and all ASCII characters except letters, digits, space and control characters.</summary>
    Punctuation = 4,
    Nonspacing = 8,
    Cjk = 16,
    Decomposes = 32,
    HasLower = 64,

    /// <summary>The canonical combining class is not zero.</summary>
    Combining = 128,
}
