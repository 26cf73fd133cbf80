namespace Thaw.Tokenizers.AddedTokens;

/// <summary>A token that is looked for in the text before the model sees it. The id is given when it joins a vocabulary.</summary>
internal sealed record AddedToken(string Content)
{
    public bool SingleWord { get; init; }
    public bool StripLeft { get; init; }
    public bool StripRight { get; init; }

    /// <summary>Looked for in normalized text, itself normalized, rather than in the text as it came.</summary>
    public bool Normalized { get; init; }
    public bool Special { get; init; }
    public int Id { get; init; }
}
