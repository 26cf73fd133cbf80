namespace Thaw.Tokenizers.Encodings;

/// <summary>What offsets count.</summary>
public enum OffsetUnit
{
    /// <summary>Unicode characters, as in Python and Rust.</summary>
    CodePoint,

    /// <summary>UTF-16 code units, as in C#, Java and JavaScript.</summary>
    Utf16,

    /// <summary>Bytes of the original UTF-8.</summary>
    Byte,
}
