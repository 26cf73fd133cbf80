namespace Thaw.Tokenizers.Models;

/// <summary>The settings of a BPE token model.</summary>
internal sealed record BpeOptions
{
    /// <summary>Id of the token for characters that the vocabulary does not have; null if these are skipped.</summary>
    public int? UnknownId { get; init; }

    /// <summary>Whether adjacent unknown characters become one token.</summary>
    public bool FuseUnknown { get; init; }

    /// <summary>Whether unknown characters become their bytes, each a token like &lt;0x0A&gt;.</summary>
    public bool ByteFallback { get; init; }

    /// <summary>Whether a word that is a piece becomes that token even if the merges do not produce it.</summary>
    public bool IgnoreMerges { get; init; }

    /// <summary>Prefix of the pieces that do not begin a word.</summary>
    public byte[] ContinuingPrefix { get; init; } = [];

    /// <summary>Suffix of the pieces that end a word.</summary>
    public byte[] EndSuffix { get; init; } = [];
}
