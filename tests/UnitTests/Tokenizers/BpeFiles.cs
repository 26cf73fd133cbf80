using System.Text.Json.Nodes;

namespace Thaw.UnitTests.Tokenizers;

/// <summary>Texts of small tokenizer.json files with a BPE model.</summary>
internal static class BpeFiles
{
    public const string ByteLevel = """{"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": true}""";

    public const string PrefixedByteLevel = """{"type": "ByteLevel", "add_prefix_space": true, "trim_offsets": true, "use_regex": true}""";

    /// <summary>The pieces that the merges need, their parts first; ids are places in the list.</summary>
    /// <param name="pieces">Further pieces, placed first.</param>
    /// <param name="merges">Pairs with a space between them.</param>
    public static JsonObject Of(string[] pieces, string[] merges, string? preTokenizer = null)
    {
        string[][] pairs = [.. merges.Select(merge => merge.Split(' '))];
        IEnumerable<string> all = [.. pieces, .. pairs.SelectMany(pair => pair), .. pairs.Select(pair => pair[0] + pair[1])];
        return new JsonObject
        {
            ["version"] = "1.0",
            ["truncation"] = null,
            ["padding"] = null,
            ["added_tokens"] = new JsonArray(),
            ["normalizer"] = null,
            ["pre_tokenizer"] = preTokenizer is null ? null : JsonNode.Parse(preTokenizer),
            ["post_processor"] = null,
            ["decoder"] = null,
            ["model"] = new JsonObject
            {
                ["type"] = "BPE",
                ["dropout"] = null,
                ["unk_token"] = null,
                ["continuing_subword_prefix"] = null,
                ["end_of_word_suffix"] = null,
                ["fuse_unk"] = false,
                ["byte_fallback"] = false,
                ["ignore_merges"] = false,
                ["vocab"] = new JsonObject(all.Distinct().Select((piece, id) => KeyValuePair.Create(piece, (JsonNode?)id))),
                ["merges"] = new JsonArray([.. merges]),
            },
        };
    }

    /// <summary>Changes settings of the model.</summary>
    public static JsonObject With(this JsonObject root, params (string Name, JsonNode? Value)[] settings)
    {
        foreach ((string name, JsonNode? value) in settings)
            root["model"]![name] = value;
        return root;
    }

    /// <summary>A piece for each byte, and no merges: tokens are the words' bytes.</summary>
    public static JsonObject Bytes(string preTokenizer) => Of([.. Alphabet()], [], preTokenizer);

    /// <summary>Printable bytes of Latin-1 map to themselves, the other 68, in order, to U+0100 and up.</summary>
    public static IEnumerable<string> Alphabet()
    {
        int other = 0x100;
        for (int value = 0; value < 256; value++)
        {
            bool printable = value is (>= '!' and <= '~') or (>= 0xA1 and <= 0xFF and not 0xAD);
            yield return $"{(char)(printable ? value : other++)}";
        }
    }
}
