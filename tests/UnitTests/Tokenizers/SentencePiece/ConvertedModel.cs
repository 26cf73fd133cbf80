using System.Text.Json.Nodes;
using Thaw.Reference.Vocabularies;

namespace Thaw.UnitTests.Tokenizers.SentencePiece;

/// <summary>
/// The tokenizer.json that the converters of transformers (convert_slow_tokenizer.py) make of a SentencePiece model, written after their text and
/// without any code of the server.
/// </summary>
internal sealed class ConvertedModel(string tokenizerClass, ModelProto proto, JsonObject config)
{
    private bool IsFairseq => tokenizerClass is "XLMRobertaTokenizer" or "CamembertTokenizer";

    private bool KeepsText => tokenizerClass is not ("AlbertTokenizer" or "DebertaV2Tokenizer");

    public string Json()
    {
        (string Text, double Score)[] vocabulary = [.. Vocabulary()];
        JsonObject metaspace = JsonNode.Parse(UnigramFiles.Metaspace(Scheme()))!.AsObject();
        var root = new JsonObject
        {
            ["version"] = "1.0",
            ["truncation"] = null,
            ["padding"] = null,
            ["added_tokens"] = new JsonArray([.. Added(vocabulary)]),
            ["normalizer"] = JsonNode.Parse(UnigramFiles.Normalizers([.. Normalizers()])),
            ["pre_tokenizer"] = tokenizerClass != "DebertaV2Tokenizer" ? metaspace : JsonNode.Parse(UnigramFiles.PreTokenizers([.. DebertaSteps(metaspace)])),
            ["post_processor"] = Processor(vocabulary),
            ["decoder"] = metaspace.DeepClone(),
            ["model"] = proto.ModelType == ModelProto.Bpe ? Bpe(vocabulary) : Unigram(vocabulary),
        };
        return root.ToJsonString();
    }

    private IEnumerable<(string Text, double Score)> Vocabulary()
    {
        IEnumerable<(string, double)> own = proto.Pieces.Select(piece => (piece.Text, (double)piece.Score));
        switch (tokenizerClass)
        {
            case "XLMRobertaTokenizer":
                return [("<s>", 0), ("<pad>", 0), ("</s>", 0), ("<unk>", 0), .. own.Skip(3), ("<mask>", 0)];
            case "CamembertTokenizer":
                return [("<s>NOTUSED", 0), ("<pad>", 0), ("</s>NOTUSED", 0), ("<unk>", 0), ("<unk>NOTUSED", -100), .. own.Skip(1), ("<mask>", 0)];
            case "AlbertTokenizer":
                return proto.Pieces.Select(piece => (piece.Text, piece.Text.Length < 2 || piece.Text[^1] != ',' || !char.IsDigit(piece.Text[^2])
                    ? piece.Score : piece.Score - 100.0));
            case "T5Tokenizer":
                int extra = (int?)config["extra_ids"] ?? 100;
                return [.. own, .. Enumerable.Range(0, extra).Reverse().Select(i => ($"<extra_id_{i}>", 0.0))];
            default:
                return own;
        }
    }

    private JsonObject Unigram((string Text, double Score)[] vocabulary) => new()
    {
        ["type"] = "Unigram",
        ["unk_id"] = IsFairseq ? 3 : proto.UnknownId,
        ["vocab"] = new JsonArray([.. vocabulary.Select(piece => new JsonArray(piece.Text, piece.Score))]),
        ["byte_fallback"] = false,
    };

    private JsonObject Bpe((string Text, double Score)[] vocabulary) => new()
    {
        ["type"] = "BPE",
        ["dropout"] = null,
        ["unk_token"] = "<unk>",
        ["continuing_subword_prefix"] = null,
        ["end_of_word_suffix"] = null,
        ["fuse_unk"] = true,
        ["byte_fallback"] = false,
        ["ignore_merges"] = false,
        ["vocab"] = new JsonObject(vocabulary.Select((piece, id) => KeyValuePair.Create(piece.Text, (JsonNode?)id))),
        ["merges"] = new JsonArray([.. Merges(vocabulary).Select(merge => new JsonArray(merge.Left, merge.Right))]),
    };

    // generate_merges. Characters are all of the basic plane here.
    private IEnumerable<(string Left, string Right)> Merges((string Text, double Score)[] scores)
    {
        var ids = proto.Pieces.Select((piece, id) => (piece.Text, id)).ToDictionary(piece => piece.Text, piece => piece.id);
        var merges = new List<(string Left, string Right, double Score)>();
        foreach ((string text, double score) in scores)
        {
            merges.AddRange(Enumerable.Range(1, text.Length - 1).Select(at => (Left: text[..at], Right: text[at..], score))
                .Where(merge => ids.ContainsKey(merge.Left) && ids.ContainsKey(merge.Right))
                .OrderBy(merge => (ids[merge.Left], ids[merge.Right])));
        }

        return merges.OrderByDescending(merge => (merge.Score, merge.Left.Length, merge.Right.Length)).Select(merge => (merge.Left, merge.Right));
    }

    private IEnumerable<JsonObject> Added((string Text, double Score)[] vocabulary)
    {
        int next = vocabulary.Length;
        var seen = new HashSet<string>();
        // The class adds its own mask token, which replaces the model's.
        string? mask = tokenizerClass is "T5Tokenizer" or "DebertaV2Tokenizer" ? null : IsFairseq ? "<mask>" : "[MASK]";
        foreach ((string text, _, int type) in proto.Pieces.Where(piece => piece.Type is 3 or 4 && seen.Add(piece.Text)))
            yield return TokenizerText.AddedToken(text, IdOf(text), special: type == 3 || text == mask, stripLeft: text == mask);
        foreach (string text in Special().Where(seen.Add))
            yield return TokenizerText.AddedToken(text, IdOf(text), special: true, stripLeft: text == mask);

        int IdOf(string text)
        {
            int id = Array.FindIndex(vocabulary, piece => piece.Text == text);
            return id < 0 ? next++ : id;
        }
    }

    private IEnumerable<string> Special() => tokenizerClass switch
    {
        "XLMRobertaTokenizer" => ["<s>", "</s>", "<unk>", "<pad>", "<mask>"],
        "CamembertTokenizer" => ["<s>", "</s>", "<unk>", "<pad>", "<mask>", "<s>NOTUSED", "</s>NOTUSED", "<unk>NOTUSED"],
        "AlbertTokenizer" => ["[CLS]", "[SEP]", "<unk>", "<pad>", "[MASK]"],
        "BigBirdTokenizer" => ["<s>", "</s>", "<unk>", "[SEP]", "<pad>", "[CLS]", "[MASK]"],
        "DebertaV2Tokenizer" => ["[CLS]", "[SEP]", "[UNK]", "[PAD]", "[MASK]"],
        _ => ["</s>", "<unk>", "<pad>", .. Enumerable.Range(0, (int?)config["extra_ids"] ?? 100).Select(i => $"<extra_id_{i}>")],
    };

    private IEnumerable<string> Normalizers()
    {
        string[] lowercase = (bool?)config["do_lower_case"] ?? tokenizerClass == "AlbertTokenizer" ? ["""{"type": "Lowercase"}"""] : [];
        string[] accents = (bool?)config["keep_accents"] ?? false ? [] : ["""{"type": "NFKD"}""", """{"type": "StripAccents"}"""];
        string[] charsmap = proto.Charsmap.Length == 0 ? [] : [UnigramFiles.Precompiled(Convert.ToBase64String(proto.Charsmap))];
        const string OneSpace = """{"type": "Replace", "pattern": {"Regex": " {2,}"}, "content": " "}""";
        if (tokenizerClass == "AlbertTokenizer")
        {
            return
            [
                """{"type": "Replace", "pattern": {"String": "``"}, "content": "\""}""",
                """{"type": "Replace", "pattern": {"String": "''"}, "content": "\""}""",
                .. accents, .. lowercase, .. charsmap, OneSpace,
            ];
        }

        if (!KeepsText)
            return [.. lowercase, """{"type": "Strip", "strip_left": true, "strip_right": true}""", .. charsmap, OneSpace];
        return
        [
            .. charsmap, """{"type": "Strip", "strip_left": false, "strip_right": true}""",
            """{"type": "Replace", "pattern": {"Regex": " {2,}"}, "content": "▁"}""",
        ];
    }

    private IEnumerable<string> DebertaSteps(JsonObject metaspace)
    {
        if ((bool?)config["split_by_punct"] ?? false)
            yield return """{"type": "Punctuation", "behavior": "Isolated"}""";
        yield return metaspace.ToJsonString();
    }

    private string Scheme() => tokenizerClass != "T5Tokenizer" ? "always"
        : !((bool?)config["add_prefix_space"] ?? true) ? "never"
        : (bool?)config["legacy"] ?? true ? "always" : "first";

    private JsonObject Processor((string Text, double Score)[] vocabulary)
    {
        (string single, string pair) = tokenizerClass switch
        {
            "XLMRobertaTokenizer" or "CamembertTokenizer" => ("<s> A </s>", "<s> A </s> </s> B </s>"),
            "T5Tokenizer" => ("A </s>", "A </s> B </s>"),
            _ => ("[CLS] A [SEP]", "[CLS] A [SEP] B:1 [SEP]:1"),
        };
        var tokens = new JsonObject();
        foreach (string token in pair.Split(' ').Select(part => part.Split(':')[0]).Where(part => part.Length > 1).Distinct())
        {
            int id = Array.FindLastIndex(vocabulary, piece => piece.Text == token);
            tokens[token] = new JsonObject { ["id"] = token, ["ids"] = new JsonArray(id), ["tokens"] = new JsonArray(token) };
        }

        return new JsonObject { ["type"] = "TemplateProcessing", ["single"] = Template(single), ["pair"] = Template(pair), ["special_tokens"] = tokens };
    }

    private static JsonArray Template(string text) => new([.. text.Split(' ').Select(part =>
    {
        string[] halves = part.Split(':');
        string kind = halves[0].Length == 1 ? "Sequence" : "SpecialToken";
        return new JsonObject { [kind] = new JsonObject { ["id"] = halves[0], ["type_id"] = halves.Length > 1 ? 1 : 0 } };
    })]);
}
