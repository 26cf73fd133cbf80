namespace Thaw.Tokenizers.Encodings;

/// <summary>Which of two texts is cut where they are too long together.</summary>
public enum TruncationStrategy
{
    /// <summary>The longer one, and both alike from where they are equally long.</summary>
    LongestFirst,
    OnlyFirst,
    OnlySecond,
}

/// <summary>What offsets count.</summary>
public enum OffsetUnit
{
    /// <summary>Unicode characters, as in Python and Rust.</summary>
    CodePoint,

    /// <summary>UTF-16 code units, as in C#, Java and JavaScript.</summary>
    Utf16,

    /// <summary>Bytes of the UTF-8 that was given.</summary>
    Byte,
}

/// <summary>How <see cref="Tokenizer.Encode(ReadOnlySpan{byte}, EncodedText, EncodeOptions)"/> works.</summary>
public sealed record EncodeOptions
{
    public static EncodeOptions Default { get; } = new();

    /// <summary>Most tokens of a window, special tokens included.</summary>
    public int MaxLength { get; init; } = int.MaxValue;

    public TruncationStrategy Strategy { get; init; }

    /// <summary>Whether what does not fit into the first window is put into more of them, or left out.</summary>
    public bool Overflow { get; init; }

    /// <summary>Tokens that a window repeats from the one before it.</summary>
    public int Stride { get; init; }

    /// <summary>Whether the template's special tokens are put around the text.</summary>
    public bool AddSpecialTokens { get; init; } = true;

    public OffsetUnit Offsets { get; init; }
}
