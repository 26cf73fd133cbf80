using Thaw.Tokenizers.AddedTokens;
using Thaw.Tokenizers.Decoders;
using Thaw.Tokenizers.Models;
using Thaw.Tokenizers.Normalizers;
using Thaw.Tokenizers.PostProcessors;
using Thaw.Tokenizers.PreTokenizers;

namespace Thaw.Tokenizers;

/// <summary>What the tokenizer's files say, checked and resolved to ids.</summary>
internal sealed record TokenizerParts(
    TokenModel Model,
    Normalizer[] Normalizers,
    PreTokenizer[] PreTokenizers,
    IReadOnlyList<AddedToken> AddedTokens,
    PostProcessor PostProcessor)
{
    /// <summary>The steps from tokens to text.</summary>
    public required Decoder[] Decoders { get; init; }

    /// <summary>The most tokens that the model accepts, including special tokens.</summary>
    public int MaxLength { get; init; } = int.MaxValue;

    /// <summary>The id of the padding token; null if the files name none.</summary>
    public int? PadId { get; init; }

    /// <summary>Whether a text that is too long is cut at its beginning instead of its end.</summary>
    public bool TruncatesLeft { get; init; }
}
