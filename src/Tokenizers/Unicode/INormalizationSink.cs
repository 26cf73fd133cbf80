namespace Thaw.Tokenizers.Unicode;

/// <summary>
/// Receives normalized text in order, with what each character replaces in the original text. An interface because the normalizer and the
/// tests receive it differently; always used as a generic struct, so that no call is virtual.
/// </summary>
internal interface INormalizationSink
{
    /// <summary>Characters that do not change, as valid UTF-8, each as if added with change 0.</summary>
    void Keep(scoped ReadOnlySpan<byte> utf8);

    /// <summary>A character that may differ from the original.</summary>
    /// <param name="change">0: it replaces one character; 1: it is inserted; -n: it replaces one, and the n characters after that are removed.</param>
    void Add(int scalar, int change);
}
