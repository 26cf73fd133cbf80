using System.Text.Json.Nodes;
using Thaw.Reference.Vocabularies;

namespace Thaw.UnitTests.Tokenizers.Reference;

/// <summary>Texts of tokenizer.json files of the shapes that published BPE tokenizers have, over vocabularies that the reference trained.</summary>
internal static class BpeShapes
{
    private const string Digits = """{"type": "Digits", "individual_digits": true}""";
    private const string Rest = @"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";
    private const string Llama3Pattern = @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}" + Rest;
    private const string Qwen2Pattern = @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}" + Rest;

    private const string Template = """
        {"type": "TemplateProcessing",
         "single": [{"SpecialToken": {"id": "<s>", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}],
         "pair": [{"SpecialToken": {"id": "<s>", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}},
                  {"SpecialToken": {"id": "<s>", "type_id": 1}}, {"Sequence": {"id": "B", "type_id": 1}}],
         "special_tokens": {"<s>": {"id": "<s>", "ids": [0], "tokens": ["<s>"]}}}
        """;

    private static readonly Dictionary<string, Action<JsonObject>> Changes = new()
    {
        ["roberta"] = _ => { },
        ["roberta with a space in front"] = AddPrefixSpace,
        ["gpt2"] = root => root["post_processor"] = JsonNode.Parse(BpeFiles.ByteLevel),
        ["gpt2 with a space in front"] = root =>
        {
            root["post_processor"] = JsonNode.Parse(BpeFiles.ByteLevel);
            AddPrefixSpace(root);
        },
        ["llama3"] = root => UsePattern(root, Llama3Pattern),
        ["qwen2"] = root => UsePattern(root, Qwen2Pattern),
        ["starcoder"] = root => root["pre_tokenizer"] = JsonNode.Parse($$"""{"type": "Sequence", "pretokenizers": [{{Digits}}, {{BpeFiles.ByteLevel}}]}"""),
        ["bytes missing"] = LeaveBytesOut,
        ["bytes missing, unknown ones fused"] = root =>
        {
            LeaveBytesOut(root);
            root["model"]!["unk_token"] = "<unk>";
            root["model"]!["fuse_unk"] = true;
        },
        ["merges in another order"] = ShuffleMerges,
        ["characters with byte fallback"] = UseCharacters,
    };

    public static IEnumerable<string> Names => Changes.Keys;

    public static string Of(string name) => TokenizerText.With(Trained.Roberta, Changes[name]);

    private static void AddPrefixSpace(JsonObject root)
    {
        root["pre_tokenizer"]!["add_prefix_space"] = true;
        root["post_processor"]!["add_prefix_space"] = true;
    }

    private static void UsePattern(JsonObject root, string pattern)
    {
        var split = new JsonObject { ["type"] = "Split", ["pattern"] = new JsonObject { ["Regex"] = pattern }, ["behavior"] = "Isolated", ["invert"] = false };
        JsonNode byteLevel = JsonNode.Parse(BpeFiles.ByteLevel)!;
        byteLevel["use_regex"] = false;
        root["pre_tokenizer"] = new JsonObject { ["type"] = "Sequence", ["pretokenizers"] = new JsonArray(split, byteLevel) };
        root["post_processor"] = JsonNode.Parse($$"""{"type": "Sequence", "processors": [{{BpeFiles.ByteLevel}}, {{Template}}]}""");
    }

    // Bytes of one and of two characters in the byte-level alphabet, of ASCII and beyond.
    private static void LeaveBytesOut(JsonObject root)
    {
        string[] missing = ["Ġ", "e", "Ċ", "Ã", "Ī", "ä", "¸"];
        foreach (string piece in missing)
            root["model"]!["vocab"]!.AsObject().Remove(piece);
        Keep(root, (left, right) => !missing.Contains(left) && !missing.Contains(right));
    }

    // Words that are pieces, and pieces that no merges lead to any more.
    private static void ShuffleMerges(JsonObject root)
    {
        JsonNode[] merges = [.. root["model"]!["merges"]!.AsArray().Select(merge => merge!.DeepClone())];
        new Random(3).Shuffle(merges);
        root["model"]!["merges"] = new JsonArray(merges);
    }

    /// <summary>As in Llama 2: a visible character for spaces, no pre-tokenizer, bytes for unknown characters. Pieces of ASCII only.</summary>
    private static void UseCharacters(JsonObject root)
    {
        JsonObject vocabulary = root["model"]!["vocab"]!.AsObject();
        bool Ascii(string piece) => piece.All(character => character is 'Ġ' or (> ' ' and <= '~'));
        Keep(root, (left, right) => Ascii(left) && Ascii(right));
        IEnumerable<string> bytes = Enumerable.Range(0, 256).Select(value => $"<0x{value:X2}>");
        string[] pieces =
        [
            .. vocabulary.OrderBy(piece => piece.Value!.GetValue<int>()).Select(piece => piece.Key).Where(Ascii).Select(Spaced),
            .. bytes, "é", "中", "\u0301",
        ];
        root["model"]!["vocab"] = new JsonObject(pieces.Select((piece, id) => KeyValuePair.Create(piece, (JsonNode?)id)));
        root["model"]!["merges"] = new JsonArray([.. Merges(root).Select(merge => JsonValue.Create(Spaced($"{merge.Left} {merge.Right}")))]);
        root["model"]!["unk_token"] = "<unk>";
        root["model"]!["fuse_unk"] = true;
        root["model"]!["byte_fallback"] = true;
        root["normalizer"] = JsonNode.Parse(
            """
            {"type": "Sequence", "normalizers": [
                {"type": "Prepend", "prepend": "▁"},
                {"type": "Replace", "pattern": {"String": " "}, "content": "▁"}]}
            """);
        root["pre_tokenizer"] = null;
        root["post_processor"] = JsonNode.Parse(Template);
        foreach (JsonNode? token in root["added_tokens"]!.AsArray())
            token!["id"] = Array.IndexOf(pieces, token["content"]!.GetValue<string>());

        static string Spaced(string piece) => piece.Replace('Ġ', '▁');
    }

    private static void Keep(JsonObject root, Func<string, string, bool> merges) =>
        root["model"]!["merges"] = new JsonArray(
        [
            .. Merges(root).Where(merge => merges(merge.Left, merge.Right)).Select(merge => JsonValue.Create($"{merge.Left} {merge.Right}")),
        ]);

    private static IEnumerable<(string Left, string Right)> Merges(JsonObject root) => root["model"]!["merges"]!.AsArray().Select(
        merge => merge is JsonArray pair
            ? (pair[0]!.GetValue<string>(), pair[1]!.GetValue<string>())
            : (merge!.GetValue<string>().Split(' ')[0], merge.GetValue<string>().Split(' ')[1])).ToArray();
}
