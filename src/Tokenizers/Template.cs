namespace Thaw.Tokenizers;

/// <summary>
/// Special tokens around one text or two. Token types are 0 up to somewhere between the texts and 1 from there on,
/// which is the form of all BERT models.
/// </summary>
internal sealed record Template(int[] Before, int[] After)
{
    /// <summary>Of a pair: what stands between the texts. Empty for one text.</summary>
    public int[] Between { get; init; } = [];

    /// <summary>Of a pair: how many tokens of <see cref="Between"/> still belong to the first text.</summary>
    public int BetweenOfFirst { get; init; }

    public int Count => Before.Length + Between.Length + After.Length;
}
