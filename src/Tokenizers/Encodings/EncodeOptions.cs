namespace Thaw.Tokenizers.Encodings;

/// <summary>Options of <see cref="Tokenizer.Encode(ReadOnlySpan{byte}, EncodedText, EncodeOptions)"/>.</summary>
public sealed record EncodeOptions
{
    public static EncodeOptions Default { get; } = new();

    /// <summary>The most tokens in a window, including special tokens.</summary>
    public int MaxLength { get; init; } = int.MaxValue;

    public TruncationStrategy Strategy { get; init; }

    /// <summary>Whether tokens that do not fit into the first window go into further windows; otherwise they are left out.</summary>
    public bool Overflow { get; init; }

    /// <summary>Number of tokens that a window repeats from the previous one.</summary>
    public int Stride { get; init; }

    /// <summary>Whether the template's special tokens are added.</summary>
    public bool AddSpecialTokens { get; init; } = true;

    public OffsetUnit Offsets { get; init; }
}
