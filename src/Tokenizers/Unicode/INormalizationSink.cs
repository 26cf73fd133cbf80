namespace Thaw.Tokenizers.Unicode;

/// <summary>Takes normalized text in order, with what each character stands for in the text before.</summary>
internal interface INormalizationSink
{
    /// <summary>Characters that stay as they are, valid UTF-8, each as if added with change 0.</summary>
    void Keep(scoped ReadOnlySpan<byte> utf8);

    /// <param name="change">0: it replaces one character; 1: it is inserted; -n: it replaces one, and n behind that one are gone.</param>
    void Add(int scalar, int change);
}
