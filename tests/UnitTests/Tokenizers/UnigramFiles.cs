using System.Text.Json.Nodes;

namespace Thaw.UnitTests.Tokenizers;

/// <summary>Texts of tokenizer.json files with a Unigram model.</summary>
internal static class UnigramFiles
{
    /// <summary>A small one: [UNK] is 0, then the pieces with these scores.</summary>
    public static JsonObject Of(string? normalizer, string? preTokenizer, params (string Piece, double Score)[] pieces)
    {
        JsonArray vocabulary = [new JsonArray("<unk>", 0.0)];
        foreach ((string piece, double score) in pieces)
            vocabulary.Add(new JsonArray(piece, score));
        return new JsonObject
        {
            ["version"] = "1.0",
            ["truncation"] = null,
            ["padding"] = null,
            ["added_tokens"] = new JsonArray(),
            ["normalizer"] = normalizer is null ? null : JsonNode.Parse(normalizer),
            ["pre_tokenizer"] = preTokenizer is null ? null : JsonNode.Parse(preTokenizer),
            ["post_processor"] = null,
            ["decoder"] = null,
            ["model"] = new JsonObject { ["type"] = "Unigram", ["unk_id"] = 0, ["vocab"] = vocabulary, ["byte_fallback"] = false },
        };
    }

    /// <summary>
    /// One whose model makes each character of a text a token, so that text and offsets after normalization are visible: every
    /// scalar has an id up to <paramref name="scalars"/>.
    /// </summary>
    public static string Characters(string? normalizer, string? preTokenizer = null, int scalars = 0x3200) =>
        Of(
            normalizer,
            preTokenizer,
            [.. Enumerable.Range(0, scalars).Where(value => value is < 0xD800 or > 0xDFFF).Select(value => (char.ConvertFromUtf32(value), -1.0))])
            .ToJsonString();

    public static string Precompiled(string charsmap) => $$"""{"type": "Precompiled", "precompiled_charsmap": "{{charsmap}}"}""";

    public static string Metaspace(string scheme, bool split = true) =>
        $$"""{"type": "Metaspace", "replacement": "▁", "prepend_scheme": "{{scheme}}", "split": {{(split ? "true" : "false")}}}""";

    public static string Normalizers(params string[] normalizers) => $$"""{"type": "Sequence", "normalizers": [{{string.Join(", ", normalizers)}}]}""";

    public static string PreTokenizers(params string[] preTokenizers) => $$"""{"type": "Sequence", "pretokenizers": [{{string.Join(", ", preTokenizers)}}]}""";
}
