namespace Thaw.Tokenizers;

/// <summary>All that the files say, checked and resolved to ids.</summary>
internal sealed record TokenizerParts(
    WordPieceModel Model,
    NormalizerOptions Normalizer,
    IReadOnlyList<AddedToken> AddedTokens,
    Template Single,
    Template Pair,
    int MaxLength,
    int PadId);
