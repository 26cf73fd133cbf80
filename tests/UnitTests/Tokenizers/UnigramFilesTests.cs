using System.Text;
using System.Text.Json.Nodes;
using Thaw.Reference.Vocabularies;
using Thaw.Tokenizers;
using Thaw.Tokenizers.Normalizers;
using Thaw.Tokenizers.Scratch;

namespace Thaw.UnitTests.Tokenizers;

public sealed class UnigramFilesTests
{
    [Theory]
    [InlineData("""{"unk_id": null}""", "model", "unk_id")]
    [InlineData("""{"unk_id": 9}""", "model.unk_id", "3 pieces")]
    [InlineData("""{"unk_id": -1}""", "model.unk_id", "-1")]
    [InlineData("""{"vocab": []}""", "model.vocab", "empty")]
    [InlineData("""{"vocab": {"a": 1}}""", "model.vocab", "list of pieces")]
    [InlineData("""{"alpha": 0.1}""", "model.alpha", "sampling")]
    [InlineData("""{"fuse_unk": true}""", "model.fuse_unk", "not supported")]
    [InlineData("""{"byte_fallback": 1}""", "model.byte_fallback", "true or false")]
    public void A_model_that_is_invalid_or_not_supported_is_refused(string change, string place, string reason) => AssertRefused(place, reason, root =>
    {
        foreach ((string name, JsonNode? value) in JsonNode.Parse(change)!.AsObject())
            root["model"]![name] = value?.DeepClone();
    });

    [Theory]
    [InlineData("""{"type": "Precompiled", "precompiled_charsmap": "?"}""", "normalizer.precompiled_charsmap", "base64")]
    [InlineData("""{"type": "Precompiled", "precompiled_charsmap": ""}""", "normalizer.precompiled_charsmap", "0 bytes")]
    [InlineData("""{"type": "Precompiled", "precompiled_charsmap": null}""", "normalizer.precompiled_charsmap", "a string")]
    [InlineData("""{"type": "Precompiled", "precompiled_charsmap": "AAAAAA=="}""", "normalizer.precompiled_charsmap", "0 bytes")]
    [InlineData("""{"type": "Precompiled", "precompiled_charsmap": "/////wAAAAA="}""", "normalizer.precompiled_charsmap", "4294967295")]
    [InlineData("""{"type": "Precompiled", "precompiled_charsmap": "BAAAAAAAAAD/"}""", "normalizer.precompiled_charsmap", "UTF-8")]
    [InlineData("""{"type": "Precompiled", "precompiled_charsmap": "BAAAAAkAAIBh"}""", "normalizer.precompiled_charsmap", "outside its texts")]
    [InlineData("""{"type": "Replace", "pattern": {"Regex": "[ab]"}, "content": ""}""", "normalizer.pattern.Regex", "[ab]")]
    [InlineData("""{"type": "Replace", "pattern": {"Regex": "\\s+"}, "content": "$1"}""", "normalizer.content", "groups")]
    [InlineData("""{"type": "Replace", "pattern": {"String": ""}, "content": "a"}""", "normalizer.pattern.String", "empty")]
    [InlineData("""{"type": "Replace", "pattern": "a", "content": "a"}""", "normalizer.pattern", "an object")]
    [InlineData("""{"type": "Strip", "strip_left": true}""", "normalizer", "strip_right")]
    [InlineData("""{"type": "Prepend"}""", "normalizer", "prepend")]
    [InlineData("""{"type": "Other"}""", "normalizer.type", "Other")]
    public void A_normalizer_that_is_invalid_or_not_supported_is_refused(string normalizer, string place, string reason) =>
        AssertRefused(place, reason, root => root["normalizer"] = JsonNode.Parse(normalizer));

    [Theory]
    [InlineData("""{"type": "Metaspace"}""", "pre_tokenizer", "replacement")]
    [InlineData("""{"type": "Metaspace", "replacement": ""}""", "pre_tokenizer.replacement", "one character")]
    [InlineData("""{"type": "Metaspace", "replacement": "▁▁"}""", "pre_tokenizer.replacement", "one character")]
    [InlineData("""{"type": "Metaspace", "replacement": "▁", "prepend_scheme": "last"}""", "pre_tokenizer.prepend_scheme", "last")]
    [InlineData("""{"type": "Metaspace", "replacement": "▁", "add_prefix_space": false}""", "pre_tokenizer.add_prefix_space", "contradicts")]
    public void An_invalid_Metaspace_is_refused(string metaspace, string place, string reason) =>
        AssertRefused(place, reason, root => root["pre_tokenizer"] = JsonNode.Parse(metaspace));

    [Fact]
    public void Metaspace_of_old_releases_prepends_always()
    {
        using var directory = new TokenizerDirectory();
        directory.Write(
            "tokenizer.json",
            UnigramFiles.Of(
                null, """{"type": "Metaspace", "replacement": "_", "str_rep": "_", "add_prefix_space": true}""", ("_a", -1), ("a", -1)).ToJsonString());
        Assert.Equal([1, 1], directory.Load().Ids("a a"));
    }

    // tokenizer_config.json of XLMRobertaTokenizer: lengths and special tokens count, the rest is the file's.
    [Fact]
    public void Length_and_padding_come_from_the_settings_beside_it()
    {
        using var directory = new TokenizerDirectory();
        directory.Write("tokenizer.json", UnigramFiles.Of(null, UnigramFiles.Metaspace("always"), ("▁A", -1), ("<pad>", 0)).ToJsonString());
        directory.Write("tokenizer_config.json", """
            {"tokenizer_class": "XLMRobertaTokenizer", "model_max_length": 512, "pad_token": "<pad>", "do_lower_case": true,
             "mask_token": {"__type": "AddedToken", "content": "<mask>", "lstrip": true, "normalized": false, "rstrip": false, "single_word": false}}
            """);
        Tokenizer tokenizer = directory.Load();
        Assert.Equal(512, tokenizer.MaxLength);
        Assert.Equal(2, tokenizer.PadId);
        Assert.Equal([1, 3], tokenizer.Ids("A  <mask>"));
    }

    [Fact]
    public void Added_tokens_get_ids_after_all_pieces_even_equal_ones()
    {
        JsonObject root = UnigramFiles.Of(null, null, ("a", -1), ("a", -1));
        root["added_tokens"]!.AsArray().Add(TokenizerText.AddedToken("<x>", 3));
        using var directory = new TokenizerDirectory();
        directory.Write("tokenizer.json", root.ToJsonString());
        Assert.Equal([2, 3], directory.Load().Ids("a<x>"));
    }

    [Fact]
    public void Damaged_files_are_refused_and_never_crash()
    {
        byte[] original = Encoding.UTF8.GetBytes(UnigramFiles.Of(
            UnigramFiles.Normalizers(UnigramFiles.Precompiled(CharsmapBuilder.Base64(new Dictionary<string, string> { ["a"] = "b", ["é"] = "" })),
            """{"type": "Strip", "strip_left": true, "strip_right": false}"""),
            UnigramFiles.Metaspace("first"), ("▁a", -1.5), ("b", -2), ("é", -3e1)).ToJsonString());
        var mutator = new Mutator(61, "null", "{", "]", "-1", "1e999", "\"\\ud800\"", "\"type\"", "[]", "\\u0000", "true");
        using var directory = new TokenizerDirectory();
        int loaded = 0;
        int refused = 0;
        for (int round = 0; round < 4000; round++)
        {
            directory.Write("tokenizer.json", mutator.Mutate(original));
            try
            {
                _ = directory.Load().Ids("a é  ▁b <unk> zz");
                loaded++;
            }
            catch (TokenizerFileException e)
            {
                Assert.Equal("tokenizer.json", e.FileName);
                refused++;
            }
        }

        Assert.True(loaded > 0 && refused > 0, $"{loaded} loaded, {refused} refused");
    }

    [Fact]
    public void Damaged_charsmaps_are_refused_or_give_some_text()
    {
        byte[] original = Convert.FromBase64String(Charsmaps.Odd);
        var mutator = new Mutator(62, "\0\0\0\0", "\u0001\u0001\0", "é");
        byte[] text = Encoding.UTF8.GetBytes("abc e\u0301 o\u0301\u0302 O\u0301\r\nﬁ ½ 中 👍🏻 가 日 \u3000 f\u0301");
        int loaded = 0;
        int refused = 0;
        for (int round = 0; round < 20_000; round++)
        {
            if (Charsmap.TryRead(mutator.Mutate(original), out _) is not { } map)
            {
                refused++;
                continue;
            }

            Workspace work = Workspace.Rent();
            work.Text.Clear(tracks: round % 2 == 0);
            work.Text.AppendGiven(text, 0);
            new PrecompiledNormalizer(map).Normalize(work);
            Assert.True(System.Text.Unicode.Utf8.IsValid(work.Text.Bytes));
            work.Return();
            loaded++;
        }

        Assert.True(loaded > 0 && refused > 0, $"{loaded} loaded, {refused} refused");
    }

    private static void AssertRefused(string place, string reason, Action<JsonNode> change)
    {
        JsonObject root = UnigramFiles.Of(null, UnigramFiles.Metaspace("always"), ("a", -1), ("b", -2));
        change(root);
        using var directory = new TokenizerDirectory();
        directory.Write("tokenizer.json", root.ToJsonString());
        TokenizerFileException e = directory.Refused();
        Assert.StartsWith($"tokenizer.json, {place}", e.Message);
        Assert.Contains(reason, e.Message);
    }
}
