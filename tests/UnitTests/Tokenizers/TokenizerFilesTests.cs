using System.Text;
using System.Text.Json.Nodes;
using Thaw.Tokenizers;

namespace Thaw.UnitTests.Tokenizers;

public sealed class TokenizerFilesTests
{
    [Fact]
    public void A_directory_without_tokenizer_files_is_refused_with_the_names_it_needs()
    {
        using var directory = new TokenizerDirectory();
        Assert.Contains("tokenizer.json, vocab.txt", directory.Refused().Message);
    }

    [Theory]
    [InlineData("vocab.txt")]
    [InlineData("tokenizer.json")]
    [InlineData("tokenizer_config.json")]
    public void A_pointer_of_Git_LFS_is_named(string file)
    {
        using var directory = TokenizerDirectory.WithVocabulary();
        directory.Write(file, "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n");
        Assert.StartsWith($"{file}: it is a Git LFS pointer, not the file itself. Run 'git lfs pull'", directory.Refused().Message);
    }

    [Fact]
    public void Defaults_are_those_of_BertTokenizer()
    {
        using var directory = TokenizerDirectory.WithVocabulary();
        Tokenizer tokenizer = directory.Load();
        Assert.Equal(int.MaxValue, tokenizer.MaxLength);
        Assert.Equal(2, tokenizer.SpecialTokensForOne);
        Assert.Equal(3, tokenizer.SpecialTokensForPair);
        Assert.Equal("cafe 中 文 [MASK]", tokenizer.Tokens("CAFÉ中文[MASK]"));
    }

    [Theory]
    [InlineData("""{"model_max_length": 512}""", 512)]
    [InlineData("""{"model_max_length": 1000000000000000019884624838656}""", int.MaxValue)]
    [InlineData("""{"model_max_length": 1e30}""", int.MaxValue)]
    [InlineData("""{"model_max_length": null}""", int.MaxValue)]
    public void The_length_comes_from_tokenizer_config(string config, int expected)
    {
        using var directory = TokenizerDirectory.WithVocabulary(config);
        Assert.Equal(expected, directory.Load().MaxLength);
    }

    [Fact]
    public void Tokenizer_json_wins_over_vocab_txt_and_tokenizer_config_over_both()
    {
        using var directory = TokenizerDirectory.WithJson();
        directory.Write("vocab.txt", "[UNK]\nnothing else");
        directory.Write("tokenizer_config.json", """{"do_lower_case": false, "model_max_length": 32}""");
        Assert.Equal("CAFE café", directory.Load().Tokens("CAFE café"));
        Assert.Equal(32, directory.Load().MaxLength);

        directory.Write("tokenizer_config.json", """{"do_lower_case": false, "tokenizer_class": "PreTrainedTokenizerFast"}""");
        Assert.Equal("cafe cafe", directory.Load().Tokens("CAFE café"));
    }

    [Fact]
    public void Names_of_special_tokens_come_from_the_files()
    {
        const string Pieces = "<unk>\n<s>\n</s>\n<pad>\na";
        using var directory = TokenizerDirectory.WithVocabulary(pieces: Pieces);
        directory.Write(
            "special_tokens_map.json",
            """{"unk_token": "<unk>", "cls_token": {"content": "<s>", "lstrip": false}, "sep_token": "</s>", "pad_token": "<pad>", "mask_token": "<mask>"}""");
        Tokenizer tokenizer = directory.Load();
        Assert.Equal([1, 4, 5, 0, 2], tokenizer.Ids("a<mask>b"));
        Assert.Equal(3, tokenizer.PadId);
    }

    [Fact]
    public void Added_tokens_come_from_added_tokens_json_or_from_tokenizer_config()
    {
        int next = TokenizerDirectory.Pieces.Length;
        using var older = TokenizerDirectory.WithVocabulary();
        older.Write("added_tokens.json", $$"""{"newword": {{next}}}""");
        Assert.Equal($"a #{next}", older.Load().Tokens("a NEWWORD"));

        using var newer = TokenizerDirectory.WithVocabulary(
            $$"""{"added_tokens_decoder": {"{{next}}": {"content": "newword", "normalized": false, "special": false} } }""");
        Assert.Equal($"a #{next} [UNK]", newer.Load().Tokens("a newword NEWWORD"));
    }

    [Theory]
    [InlineData("\n")]
    [InlineData("\r\n")]
    [InlineData("\r")]
    public void Lines_of_a_vocabulary_may_end_as_on_any_system(string end)
    {
        using var directory = TokenizerDirectory.WithVocabulary(pieces: string.Join(end, TokenizerDirectory.Pieces));
        Assert.Equal("hello world", directory.Load().Tokens("hello world"));
    }

    [Fact]
    public void The_last_of_two_equal_pieces_wins()
    {
        using var directory = TokenizerDirectory.WithVocabulary(pieces: "[UNK]\n[CLS]\n[SEP]\n[PAD]\na\na");
        Assert.Equal(5, directory.Load().Ids("a")[1]);
    }

    [Theory]
    [InlineData("", "line 1", "empty")]
    [InlineData("[PAD]\n[CLS]\n[SEP]", "", "[UNK]")]
    [InlineData("\uFEFF[PAD]\n[UNK]", "byte 0", "byte order mark")]
    public void A_damaged_vocabulary_is_refused_with_place_and_reason(string pieces, string place, string reason)
    {
        using var directory = TokenizerDirectory.WithVocabulary(pieces: pieces);
        TokenizerFileException refused = directory.Refused();
        Assert.Equal("vocab.txt", refused.FileName);
        Assert.Contains(place, refused.Message);
        Assert.Contains(reason, refused.Message);
    }

    [Fact]
    public void A_vocabulary_that_is_not_UTF_8_is_refused_with_its_line()
    {
        using var directory = TokenizerDirectory.WithVocabulary();
        directory.Write("vocab.txt", [.. "[UNK]\ncaf"u8, 0xE9, (byte)'\n']);
        Assert.Contains("line 2, byte 9", directory.Refused().Message);
    }

    [Theory]
    [InlineData("""{"do_lower_case": 1}""", "do_lower_case")]
    [InlineData("""{"model_max_length": -1}""", "model_max_length")]
    [InlineData("""{"tokenizer_class": "BertJapaneseTokenizer"}""", "BertJapaneseTokenizer")]
    [InlineData("""{"truncation_side": "middle"}""", "truncation_side")]
    [InlineData("""{"do_basic_tokenize": false}""", "do_basic_tokenize")]
    [InlineData("""{"cls_token": 5}""", "cls_token")]
    [InlineData("""{"added_tokens_decoder": {"x": {"content": "y"}}}""", "added_tokens_decoder.x")]
    [InlineData("""{"added_tokens_decoder": []}""", "added_tokens_decoder")]
    [InlineData("""{"\ud800": 1}""", "surrogate")]
    [InlineData("""{"do_lower_case": true""", "line 1")]
    [InlineData("[]", "object")]
    [InlineData("", "damaged")]
    public void A_damaged_configuration_is_refused_with_place_and_reason(string config, string expected)
    {
        using var directory = TokenizerDirectory.WithVocabulary(config);
        TokenizerFileException refused = directory.Refused();
        Assert.Equal("tokenizer_config.json", refused.FileName);
        Assert.Contains(expected, refused.Message);
    }

    public static TheoryData<string, Action<JsonNode>> Unsupported => new()
    {
        { "model.type: WordLevel", root => root["model"]!["type"] = "WordLevel" },
        { "model.vocab", root => root["model"]!["vocab"] = new JsonArray() },
        { "model.max_input_chars_per_word", root => root["model"]!["max_input_chars_per_word"] = 0 },
        { "model.dropout", root => root["model"]!["dropout"] = 0.1 },
        { "\"unk_token\" is missing", root => root["model"]!.AsObject().Remove("unk_token") },
        { "vocabulary has no \"<none>\"", root => root["model"]!["unk_token"] = "<none>" },
        { "\"model\" is missing", root => root.AsObject().Remove("model") },
        { "vocabulary is empty", root => root["model"]!["vocab"] = new JsonObject() },
        { "model.vocab, line 1, byte", root => root["model"]!["vocab"]!["x"] = -1 },
        { "model.vocab, line 1, byte", root => root["model"]!["vocab"]!["x"] = 1.5 },
        { "model.vocab, line 1, byte", root => root["model"]!["vocab"]!["x"] = "1" },
        { "normalizer.type: Odd", root => root["normalizer"] = new JsonObject { ["type"] = "Odd" } },
        { "normalizer: \"lowercase\" is missing", root => root["normalizer"]!.AsObject().Remove("lowercase") },
        { "normalizer.clean_text", root => root["normalizer"]!["clean_text"] = "yes" },
        { "pre_tokenizer.type: Odd", root => root["pre_tokenizer"]!["type"] = "Odd" },
        { "post_processor.type: Odd", root => root["post_processor"]!["type"] = "Odd" },
        { "post_processor.cls", root => root["post_processor"]!["cls"] = "[CLS]" },
        { "added_tokens[0]", root => root["added_tokens"]![0]!.AsObject().Remove("content") },
        { "extra", root => root["extra"] = 1 },
    };

    [Theory]
    [MemberData(nameof(Unsupported), DisableDiscoveryEnumeration = true)]
    public void Unsupported_parts_of_tokenizer_json_are_refused_by_name(string expected, Action<JsonNode> change)
    {
        using var directory = TokenizerDirectory.WithJson(change);
        TokenizerFileException refused = directory.Refused();
        Assert.Equal("tokenizer.json", refused.FileName);
        Assert.Contains(expected, refused.Message);
    }

    [Fact]
    public void Truncation_and_padding_sections_are_accepted_and_ignored()
    {
        using var directory = TokenizerDirectory.WithJson(root =>
        {
            root["truncation"] = new JsonObject { ["max_length"] = 3 };
            root["padding"] = new JsonObject { ["pad_id"] = 0, ["strategy"] = "BatchLongest" };
        });
        Assert.Equal("a b a b", directory.Load().Tokens("a b a b"));
    }

    [Theory]
    [InlineData(
        """[{"SpecialToken": {"id": "C", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}, {"SpecialToken": {"id": "S", "type_id": 0}}, """
        + """{"SpecialToken": {"id": "S", "type_id": 1}}, {"Sequence": {"id": "B", "type_id": 1}}]""", "2 18 3 3 19", "0 0 0 1 1")]
    [InlineData(
        """[{"Sequence": {"id": "A", "type_id": 0}}, {"SpecialToken": {"id": "S", "type_id": 1}}, {"Sequence": {"id": "B", "type_id": 1}}, """
        + """{"SpecialToken": {"id": "C", "type_id": 2}}]""", "18 3 19 2", "0 1 1 2")]
    [InlineData("""[{"Sequence": {"id": "B", "type_id": 1}}, {"Sequence": {"id": "A", "type_id": 0}}]""", "19 18", "1 0")]
    public void Templates_put_special_tokens_where_they_say(string pair, string ids, string types)
    {
        using var directory = TokenizerDirectory.WithJson(root => root["post_processor"] = Template(pair));
        Tokenizer tokenizer = directory.Load();
        var foundIds = new int[16];
        var foundTypes = new byte[16];
        int count = tokenizer.EncodePair("a"u8, "b"u8, foundIds, foundTypes, out _);
        Assert.Equal(ids, string.Join(' ', foundIds[..count]));
        Assert.Equal(types, string.Join(' ', foundTypes[..count]));
        Assert.Equal(2, tokenizer.SpecialTokensForOne);
    }

    [Theory]
    [InlineData("""[{"Sequence": {"id": "A", "type_id": 0}}]""")]
    [InlineData("""[{"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 0}}]""")]
    [InlineData("""[{"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "C", "type_id": 1}}]""")]
    [InlineData("""[{"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 256}}]""")]
    [InlineData("""[{"Sequence": {"id": "A", "type_id": 0}}, {"SpecialToken": {"id": "?", "type_id": 1}}, {"Sequence": {"id": "B", "type_id": 1}}]""")]
    [InlineData("""[{"Other": 1}]""")]
    public void Templates_of_another_form_are_refused(string pair)
    {
        using var directory = TokenizerDirectory.WithJson(root => root["post_processor"] = Template(pair));
        Assert.Contains("post_processor", directory.Refused().Message);
    }

    [Fact]
    public void Escaped_pieces_are_the_same_as_plain_ones()
    {
        using var directory = new TokenizerDirectory();
        directory.Write("tokenizer.json", TokenizerDirectory.Json().ToJsonString().Replace("\"hello\"", "\"h\\u0065llo\""));
        Assert.Equal("hello", directory.Load().Tokens("hello"));
        directory.Write("tokenizer.json", TokenizerDirectory.Json().ToJsonString().Replace("\"hello\"", "\"\\ud800\""));
        Assert.Contains("surrogate", directory.Refused().Message);
    }

    [Fact]
    public void Damaged_bytes_anywhere_are_refused_or_read_but_never_crash()
    {
        byte[] good = Encoding.UTF8.GetBytes(TokenizerDirectory.Json().ToJsonString());
        byte[] config = """{"do_lower_case": true, "model_max_length": 5, "added_tokens_decoder": {"0": {"content": "[PAD]", "special": true}}}"""u8.ToArray();
        var random = new Random(7);
        using var directory = TokenizerDirectory.WithJson();
        for (int round = 0; round < 1500; round++)
        {
            directory.Write("tokenizer.json", round % 2 == 0 ? Damage(good, random) : good);
            directory.Write("tokenizer_config.json", round % 2 == 0 ? config : Damage(config, random));
            try
            {
                directory.Load().Ids("Hello [MASK] world");
            }
            catch (TokenizerFileException refused)
            {
                Assert.NotEmpty(refused.FileName);
            }
        }
    }

    private static byte[] Damage(byte[] good, Random random)
    {
        byte[] bad = [.. good];
        for (int hits = random.Next(1, 4); hits > 0; hits--)
            bad[random.Next(bad.Length)] = random.Next(4) == 0 ? (byte)random.Next(256) : good[random.Next(good.Length)];
        return random.Next(5) == 0 ? bad[..random.Next(bad.Length)] : bad;
    }

    private static JsonNode Template(string pair) => JsonNode.Parse($$$"""
        {"type": "TemplateProcessing",
         "single": [{"SpecialToken": {"id": "C", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}, {"SpecialToken": {"id": "S", "type_id": 0}}],
         "pair": {{{pair}}},
         "special_tokens": {"C": {"id": "C", "ids": [2], "tokens": ["[CLS]"]}, "S": {"id": "S", "ids": [3], "tokens": ["[SEP]"]} } }
        """)!;
}
