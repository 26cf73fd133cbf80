using System.Text;
using System.Text.Json.Nodes;
using Thaw.Reference.Vocabularies;
using Thaw.Tokenizers;
using Thaw.Tokenizers.Encodings;

namespace Thaw.UnitTests.Tokenizers;

public sealed class BpeFilesTests
{
    public static TheoryData<string, string, string> Refusals => new()
    {
        { "dropout", "0.1", "model.dropout" },
        { "dropout", "\"0\"", "model.dropout" },
        { "unk_token", "\"nowhere\"", "nowhere" },
        { "fuse_unk", "1", "model.fuse_unk" },
        { "byte_fallback", "\"yes\"", "model.byte_fallback" },
        { "ignore_merges", "[]", "model.ignore_merges" },
        { "continuing_subword_prefix", "3", "model.continuing_subword_prefix" },
        { "end_of_word_suffix", $"\"{new string('x', 200)}\"", "model.end_of_word_suffix" },
        { "cache_capacity", "3", "model.cache_capacity" },
        { "merges", "[\"a z\"]", "model.merges[0]: the vocabulary has no \"z\"" },
        { "merges", "[\"a b\", \"b b\"]", "model.merges[1]: the vocabulary has no \"bb\"" },
        { "merges", "[\"ab\"]", "model.merges" },
        { "merges", "[\"a b c\"]", "model.merges" },
        { "merges", "[[\"a\"]]", "model.merges" },
        { "merges", "{}", "model.merges" },
        { "merges", "null", "\"merges\" is missing" },
        { "vocab", "{}", "model.vocab" },
        { "vocab", "[[\"a\", 0.5]]", "model.vocab" },
        { "vocab", "{\"a\": -1}", "model.vocab" },
    };

    [Theory]
    [MemberData(nameof(Refusals))]
    public void A_setting_that_would_change_ids_or_is_invalid_is_refused_by_name(string setting, string value, string expected)
    {
        JsonObject root = BpeFiles.Of([], ["a b"]).With((setting, JsonNode.Parse(value)));
        using var directory = new TokenizerDirectory();
        directory.Write("tokenizer.json", root.ToJsonString());
        Assert.Contains(expected, directory.Refused().Message);
    }

    [Theory]
    [InlineData("null")]
    [InlineData("0")]
    [InlineData("0.0")]
    public void A_dropout_of_zero_or_null_is_no_dropout(string dropout)
    {
        using var directory = new TokenizerDirectory();
        directory.Write("tokenizer.json", BpeFiles.Of([], ["a b"]).With(("dropout", JsonNode.Parse(dropout))).ToJsonString());
        Assert.Equal([2], directory.Load().Ids("ab"));
    }

    [Fact]
    public void A_token_for_unknown_characters_may_be_missing_if_all_are_known()
    {
        using var directory = new TokenizerDirectory();
        directory.Write("tokenizer.json", BpeFiles.Bytes(BpeFiles.ByteLevel).With(("unk_token", "nowhere"), ("byte_fallback", true)).ToJsonString());
        Assert.Equal(['a'], directory.Load().Ids("a"));
    }

    [Fact]
    public void Bytes_for_unknown_characters_are_refused_beside_a_byte_level_vocabulary_that_lacks_some_and_beside_affixes()
    {
        using var directory = new TokenizerDirectory();
        directory.Write("tokenizer.json", BpeFiles.Of(["a"], [], BpeFiles.ByteLevel).With(("byte_fallback", true)).ToJsonString());
        Assert.Contains("model.byte_fallback", directory.Refused().Message);
        directory.Write("tokenizer.json", BpeFiles.Of(["a"], []).With(("byte_fallback", true), ("end_of_word_suffix", "</w>")).ToJsonString());
        Assert.Contains("model.byte_fallback", directory.Refused().Message);
    }

    [Fact]
    public void Ids_may_be_far_apart_or_the_same()
    {
        using var directory = new TokenizerDirectory();
        JsonObject root = BpeFiles.Of([], ["a b"]);
        root["model"]!["vocab"]!["ab"] = 2_000_000_000;
        directory.Write("tokenizer.json", root.ToJsonString());
        Assert.Equal([2_000_000_000, 0], directory.Load().Ids("aba"));
        root["model"]!["vocab"]!["ab"] = 1;
        directory.Write("tokenizer.json", root.ToJsonString());
        Assert.Equal([1, 0], directory.Load().Ids("aba"));
    }

    [Theory]
    [InlineData("""{"type": "Sequence", "pretokenizers": [BYTELEVEL, {"type": "Whitespace"}]}""", "pre_tokenizer.pretokenizers[0]")]
    [InlineData("""{"type": "ByteLevel", "trim_offsets": true}""", "add_prefix_space")]
    [InlineData("""{"type": "ByteLevel", "add_prefix_space": 1, "trim_offsets": true}""", "pre_tokenizer.add_prefix_space")]
    public void A_byte_level_pre_tokenizer_must_be_the_last_one_and_complete(string preTokenizer, string expected)
    {
        using var directory = new TokenizerDirectory();
        directory.Write("tokenizer.json", BpeFiles.Of([], ["a b"], preTokenizer.Replace("BYTELEVEL", BpeFiles.ByteLevel)).ToJsonString());
        Assert.Contains(expected, directory.Refused().Message);
    }

    [Fact]
    public void A_byte_level_pre_tokenizer_is_refused_before_other_models()
    {
        using var directory = TokenizerDirectory.WithJson(root => root["pre_tokenizer"] = JsonNode.Parse(BpeFiles.ByteLevel));
        Assert.Contains("ByteLevel is not supported with a WordPiece model", directory.Refused().Message);
    }

    [Fact]
    public void A_vocabulary_of_only_two_files_is_refused_with_what_to_do()
    {
        using var directory = new TokenizerDirectory();
        directory.Write("vocab.json", "{}");
        directory.Write("merges.txt", "");
        Assert.Contains("tokenizer.json", directory.Refused().Message);
    }

    [Fact]
    public void Damaged_bytes_anywhere_are_refused_or_read_but_never_crash()
    {
        JsonObject root = BpeFiles.Of([.. BpeFiles.Alphabet(), "<0x41>", "?"], ["a b", "ab Ġ", "Ġ c"], BpeFiles.PrefixedByteLevel).With(("unk_token", "?"));
        root["added_tokens"] = new JsonArray(TokenizerText.AddedToken("<mask>", 300, special: true, stripLeft: true));
        root["post_processor"] = JsonNode.Parse(
            """{"type": "RobertaProcessing", "sep": ["a", 2], "cls": ["b", 0], "trim_offsets": true, "add_prefix_space": false}""");
        byte[] original = Encoding.UTF8.GetBytes(root.ToJsonString());
        var mutator = new Mutator(
            11, "null", "true", "[]", "{}", "\"\"", ",", "\"", "1", "0.5", "-1", "4294967296", "[\"a\",\"b\"]",
            "\\u0120", "\\ud800", "\"##\"", "\"Split\"", "\"Sequence\"", "\"Digits\"", "\"BPE\"");
        int loaded = 0;
        using var encoded = new EncodedText();
        for (int round = 0; round < 10_000; round++)
        {
            using var directory = new TokenizerDirectory();
            directory.Write("tokenizer.json", mutator.Mutate(original));
            try
            {
                Tokenizer tokenizer = directory.Load();
                tokenizer.Encode("ab c<mask> é\t\n"u8, encoded, EncodeOptions.Default);
                loaded++;
            }
            catch (TokenizerFileException)
            {
            }
        }

        Assert.InRange(loaded, 100, 9900);
    }
}
