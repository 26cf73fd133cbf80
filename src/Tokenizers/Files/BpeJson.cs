using System.Text.Json;
using Thaw.Tokenizers.Models;

namespace Thaw.Tokenizers.Files;

/// <summary>The settings of a BPE token model.</summary>
internal static class BpeJson
{
    // If the largest id is more than this many times the number of pieces, there is no table by id.
    private const int MostIdsForOnePiece = 4;
    // In bytes.
    private const int LongestAffix = 100;

    /// <param name="isByteLevel">Whether the pre-tokenizer maps texts into the byte-level alphabet.</param>
    public static BpeModel Build(ModelJson json, bool isByteLevel)
    {
        json.RequireIds();
        json.Allow("unk_token", "fuse_unk", "byte_fallback", "ignore_merges", "continuing_subword_prefix", "end_of_word_suffix", "dropout", "merges");
        if (!json.HasMerges)
            throw ModelJson.Error("model", "\"merges\" is missing.");
        if (json.Find("dropout") is { } dropout
            && !(dropout.Value.ValueKind == JsonValueKind.Number && dropout.Value.TryGetDouble(out double rate) && rate == 0))
            throw dropout.Error("only null and 0 are supported: any other value would make the ids random.");

        var vocabulary = new BpeVocabulary(json.Pieces, isByteLevel);
        var options = new BpeOptions
        {
            UnknownId = UnknownId(json, vocabulary),
            FuseUnknown = Flag(json, "fuse_unk"),
            ByteFallback = Flag(json, "byte_fallback"),
            IgnoreMerges = Flag(json, "ignore_merges"),
            ContinuingPrefix = Affix(json, "continuing_subword_prefix", isByteLevel),
            EndSuffix = Affix(json, "end_of_word_suffix", isByteLevel),
        };
        var symbols = new SymbolReader(vocabulary, options);
        if (json.Find("unk_token") is { } unknown && options.UnknownId is null && !symbols.KnowsAllBytes)
            throw WordPieceJson.NoUnknown(TokenizerJson.FileName, "model.vocab", unknown.Text());
        if (options.ByteFallback && isByteLevel && !symbols.KnowsAllBytes)
            throw json.Get("byte_fallback").Error("true is not supported with a byte-level vocabulary that does not have all bytes.");
        if (options.ByteFallback && options.ContinuingPrefix.Length + options.EndSuffix.Length > 0)
            throw json.Get("byte_fallback").Error("true is not supported with a continuing_subword_prefix or an end_of_word_suffix.");
        MergeTable merges = new MergesFile(TokenizerJson.FileName, rank => $"model.merges[{rank}]", mayRepeat: true)
            .Resolve(json.Merges, json.Pieces, vocabulary, options.ContinuingPrefix.Length);
        return new BpeModel(vocabulary, merges, symbols, options, WordIds(json.Pieces));
    }

    private static bool Flag(ModelJson json, string name) => json.Find(name)?.Flag() ?? false;

    private static int? UnknownId(ModelJson json, BpeVocabulary vocabulary) =>
        json.Find("unk_token") is { } unknown && vocabulary.TryGetId(unknown.Utf8(), out int id) ? id : null;

    private static byte[] Affix(ModelJson json, string name, bool isByteLevel)
    {
        if (json.Find(name) is not { } place)
            return [];
        byte[] affix = place.Utf8();
        if (affix.Length > LongestAffix)
            throw place.Error($"at most {LongestAffix} bytes are supported.");
        // Visible ASCII characters stand for themselves in the byte-level alphabet too.
        if (isByteLevel && affix.AsSpan().ContainsAnyExceptInRange((byte)'!', (byte)'~'))
            throw place.Error("only visible ASCII characters are supported with a byte-level vocabulary.");
        return affix;
    }

    /// <summary>Length of a table by id; 0 if it would be mostly empty, or if two pieces share an id.</summary>
    public static int WordIds(PieceList pieces)
    {
        int longest = 0;
        foreach (Piece piece in pieces.Pieces)
            longest = Math.Max(longest, piece.Id);
        if (longest / MostIdsForOnePiece > pieces.Count)
            return 0;
        var seen = new bool[longest + 1];
        foreach (Piece piece in pieces.Pieces)
        {
            if (seen[piece.Id])
                return 0;
            seen[piece.Id] = true;
        }

        return seen.Length;
    }
}
