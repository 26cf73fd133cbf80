using System.Text.Json.Nodes;
using Thaw.Reference.Vocabularies;

namespace Thaw.UnitTests.Tokenizers.SentencePiece;

/// <summary>SentencePiece models of a trained vocabulary in several languages, each as the published ones of its class begin.</summary>
internal static class Models
{
    private static readonly Lazy<(string, float, int)[]> LazyPieces = new(ReadPieces);

    public static ModelProto Of(string tokenizerClass) => tokenizerClass switch
    {
        "XLMRobertaTokenizer" or "CamembertTokenizer" => With(0, ("<unk>", 2), ("<s>", 3), ("</s>", 3)),
        "AlbertTokenizer" => With(1, ("<pad>", 3), ("<unk>", 2), ("[CLS]", 3), ("[SEP]", 3), ("[MASK]", 3)),
        "BigBirdTokenizer" => With(0, ("<unk>", 2), ("<pad>", 3), ("</s>", 3), ("<s>", 3), ("[CLS]", 4), ("[SEP]", 4), ("[MASK]", 4)),
        "DebertaV2Tokenizer" => With(3, ("[PAD]", 3), ("[CLS]", 3), ("[SEP]", 3), ("[UNK]", 2)),
        _ => With(2, ("<pad>", 3), ("</s>", 3), ("<unk>", 2)),
    };

    /// <summary>The same pieces for BPE, with scores by their length and then by their place, so that merges make the most of them.</summary>
    public static ModelProto AsBpe(ModelProto model) => model with
    {
        ModelType = ModelProto.Bpe,
        Pieces = [.. model.Pieces.Select((piece, id) => piece.Type == 1 ? piece with { Score = -(piece.Text.Length * 100 + id % 50) } : piece)],
    };

    private static ModelProto With(int unknownId, params (string Text, int Type)[] first) =>
        new([.. first.Select(piece => (piece.Text, 0f, piece.Type)), ("9,", -5.5f, 1), ("▁20", -6.25f, 1), .. LazyPieces.Value])
        {
            UnknownId = unknownId,
            Charsmap = Convert.FromBase64String(Charsmaps.NmtNfkc),
        };

    // Scores with few binary digits, so that they are the same in a tokenizer.json.
    private static (string, float, int)[] ReadPieces() =>
    [
        .. JsonNode.Parse(Trained.XlmRoberta)!["model"]!["vocab"]!.AsArray().Skip(4).SkipLast(1)
            .Select(piece => ((string)piece![0]!, (float)(Math.Round((double)piece[1]! * 1024) / 1024), 1))
            .Where(piece => piece.Item1 is not ("9," or "▁20")),
    ];
}
