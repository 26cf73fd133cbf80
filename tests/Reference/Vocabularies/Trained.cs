using System.Text.Json.Nodes;

namespace Thaw.Reference.Vocabularies;

/// <summary>Texts of tokenizer.json files with vocabularies that the reference trained, once for each test process.</summary>
public static class Trained
{
    private static readonly string[] FirstTokens = ["<s>", "<pad>", "</s>", "<unk>"];
    private const string Mask = "<mask>";

    private static readonly Lazy<string> LazyRoberta = new(TrainRoberta);
    private static readonly Lazy<string> LazyXlmRoberta = new(TrainXlmRoberta);

    /// <summary>The shape of roberta-base: byte-level BPE, RobertaProcessing.</summary>
    public static string Roberta => LazyRoberta.Value;

    /// <summary>The shape of xlm-roberta-base without its Precompiled normalizer: Unigram, WhitespaceSplit and Metaspace, TemplateProcessing.</summary>
    public static string XlmRoberta => LazyXlmRoberta.Value;

    private static string TrainRoberta()
    {
        const string Shape = """
            {"version": "1.0", "truncation": null, "padding": null, "added_tokens": [],
             "normalizer": null,
             "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": true},
             "post_processor": {"type": "RobertaProcessing", "sep": ["</s>", 2], "cls": ["<s>", 0], "trim_offsets": true, "add_prefix_space": false},
             "decoder": {"type": "ByteLevel", "add_prefix_space": true, "trim_offsets": true, "use_regex": true},
             "model": {"type": "BPE", "dropout": null, "unk_token": null, "continuing_subword_prefix": "", "end_of_word_suffix": "",
                       "fuse_unk": false, "byte_fallback": false, "ignore_merges": false, "vocab": {}, "merges": []}}
            """;
        return TokenizerText.With(Shape, root =>
        {
            JsonNode trained = Train(Shape, "BPE");
            // Ids as in roberta-base: special tokens first, then a piece for every byte, seen or not, then the merges.
            IEnumerable<string> pieces = trained["vocab"]!.AsObject().OrderBy(piece => (int)piece.Value!).Select(piece => piece.Key);
            var vocabulary = new JsonObject();
            foreach (string piece in (string[])[.. FirstTokens, .. ByteAlphabet(), .. pieces, Mask])
                vocabulary.TryAdd(piece, vocabulary.Count);
            root["model"]!["vocab"] = vocabulary;
            root["model"]!["merges"] = trained["merges"]!.DeepClone();
            AddSpecialTokens(root, vocabulary.Count - 1);
        });
    }

    private static string TrainXlmRoberta()
    {
        const string Shape = """
            {"version": "1.0", "truncation": null, "padding": null, "added_tokens": [],
             "normalizer": null,
             "pre_tokenizer": {"type": "Sequence", "pretokenizers": [
                {"type": "WhitespaceSplit"}, {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always", "split": true}]},
             "post_processor": {"type": "TemplateProcessing",
                "single": [{"SpecialToken": {"id": "<s>", "type_id": 0}},
                           {"Sequence": {"id": "A", "type_id": 0}},
                           {"SpecialToken": {"id": "</s>", "type_id": 0}}],
                "pair": [{"SpecialToken": {"id": "<s>", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}, {"SpecialToken": {"id": "</s>", "type_id": 0}},
                         {"SpecialToken": {"id": "</s>", "type_id": 0}},
                         {"Sequence": {"id": "B", "type_id": 0}},
                         {"SpecialToken": {"id": "</s>", "type_id": 0}}],
                "special_tokens": {"<s>": {"id": "<s>", "ids": [0], "tokens": ["<s>"]}, "</s>": {"id": "</s>", "ids": [2], "tokens": ["</s>"]}}},
             "decoder": {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always", "split": true},
             "model": {"type": "Unigram", "unk_id": 0, "vocab": [["<unk>", 0.0]], "byte_fallback": false}}
            """;
        return TokenizerText.With(Shape, root =>
        {
            IEnumerable<(string Text, double Score)> trained = Train(Shape, "Unigram")["vocab"]!.AsArray()
                .Select(piece => Rounded((string)piece![0]!, (double)piece[1]!));
            IEnumerable<(string Text, double Score)> pieces =
            [
                .. FirstTokens.Select(token => (token, 0.0)),
                .. trained.OrderByDescending(piece => piece.Score).ThenBy(piece => piece.Text, StringComparer.Ordinal),
                (Mask, 0.0),
            ];
            var vocabulary = new JsonArray([.. pieces.Select(piece => new JsonArray(piece.Text, piece.Score))]);
            root["model"]!["vocab"] = vocabulary;
            root["model"]!["unk_id"] = Array.IndexOf(FirstTokens, "<unk>");
            AddSpecialTokens(root, vocabulary.Count - 1);
        });
    }

    // Without rounding, two runs would differ in the last digits and in the order of rare characters.
    private static (string, double) Rounded(string piece, double score) => (piece, Math.Round(score, piece.EnumerateRunes().Count() == 1 ? 1 : 6));

    private static JsonNode Train(string shape, string model)
    {
        using var text = new TrainingText();
        using var tokenizer = ReferenceTokenizer.Load(shape);
        return JsonNode.Parse(tokenizer.Train(model, [text.Path]))!["model"]!;
    }

    private static void AddSpecialTokens(JsonObject root, int mask)
    {
        JsonArray tokens = root["added_tokens"]!.AsArray();
        for (int id = 0; id < FirstTokens.Length; id++)
            tokens.Add(TokenizerText.AddedToken(FirstTokens[id], id, special: true));
        tokens.Add(TokenizerText.AddedToken(Mask, mask, special: true, stripLeft: true));
    }

    // Printable bytes of Latin-1 map to themselves, the other 68, in order, to U+0100 and up.
    private static IEnumerable<string> ByteAlphabet()
    {
        int other = 0x100;
        for (int value = 0; value < 256; value++)
        {
            bool printable = value is >= '!' and <= '~' or >= 0xA1 and <= 0xFF and not 0xAD;
            yield return $"{(char)(printable ? value : other++)}";
        }
    }
}
