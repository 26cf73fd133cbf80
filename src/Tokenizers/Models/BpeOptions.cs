namespace Thaw.Tokenizers.Models;

/// <summary>The settings of a BPE model.</summary>
internal sealed record BpeOptions
{
    /// <summary>Id of the token for characters that the vocabulary lacks; null where they are left out.</summary>
    public int? UnknownId { get; init; }

    /// <summary>Whether neighbouring unknown characters make one token.</summary>
    public bool FuseUnknown { get; init; }

    /// <summary>Whether unknown characters become their bytes, each a token like &lt;0x0A&gt;.</summary>
    public bool ByteFallback { get; init; }

    /// <summary>Whether a word that is a piece is that token, even if merges do not lead to it.</summary>
    public bool IgnoreMerges { get; init; }

    /// <summary>In front of the pieces that do not begin a word.</summary>
    public byte[] ContinuingPrefix { get; init; } = [];

    /// <summary>Behind the pieces that end a word.</summary>
    public byte[] EndSuffix { get; init; } = [];
}
