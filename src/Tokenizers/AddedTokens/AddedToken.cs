namespace Thaw.Tokenizers.AddedTokens;

/// <summary>A token that is searched for in the text before the token model reads it. It gets its id from <see cref="AddedVocabulary"/>.</summary>
internal sealed record AddedToken(string Content)
{
    public bool SingleWord { get; init; }
    public bool StripLeft { get; init; }
    public bool StripRight { get; init; }

    /// <summary>Whether it is searched for, itself normalized, in normalized text instead of the original text.</summary>
    public bool Normalized { get; init; }
    public bool Special { get; init; }
    public int Id { get; init; }
}
