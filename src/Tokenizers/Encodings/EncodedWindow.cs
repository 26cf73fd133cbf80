namespace Thaw.Tokenizers.Encodings;

/// <summary>The tokens of one window. There is no padding: the attention mask is 1 for every token.</summary>
public readonly ref struct EncodedWindow
{
    public ReadOnlySpan<int> Ids { get; internal init; }

    public ReadOnlySpan<byte> TypeIds { get; internal init; }

    public ReadOnlySpan<TokenOffset> Offsets { get; internal init; }

    /// <summary>1 for special tokens of the template, 0 for tokens of a text.</summary>
    public ReadOnlySpan<byte> SpecialTokensMask { get; internal init; }
}
