using System.Text.Json.Nodes;
using Thaw.Reference.Corpora;
using Thaw.Reference.Vocabularies;
using Thaw.Tokenizers;
using Thaw.Tokenizers.Files;
using Thaw.UnitTests.Tokenizers.Reference;

namespace Thaw.UnitTests.Tokenizers;

/// <summary>vocab.json with merges.txt.</summary>
public sealed class ByteLevelFilesTests
{
    private const string Vocabulary = """{"<s>": 0, "<pad>": 1, "</s>": 2, "<unk>": 3, "a": 4, "b": 5, "Ġ": 6, "ab": 7, "Ġa": 8, "<mask>": 9}""";
    private const string Merges = "#version: 0.2\nĠ a\na b\n";
    private const string Roberta = """{"tokenizer_class": "RobertaTokenizer"}""";

    [Theory]
    [InlineData("RobertaTokenizer", false)]
    [InlineData("LongformerTokenizerFast", true)]
    public void RoBERTas_ids_types_masks_and_offsets_are_those_of_the_converted_file(string tokenizerClass, bool addPrefixSpace)
    {
        string json = TokenizerText.With(Trained.Roberta, root =>
        {
            root["pre_tokenizer"]!["add_prefix_space"] = addPrefixSpace;
            root["post_processor"]!["add_prefix_space"] = addPrefixSpace;
        });
        Compare(json, new JsonObject { ["tokenizer_class"] = tokenizerClass, ["add_prefix_space"] = addPrefixSpace });
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void GPT_2s_are(bool addsBos)
    {
        const string Plain = """{"type": "ByteLevel", "add_prefix_space": true, "trim_offsets": false, "use_regex": true}""";
        const string WithBos = """
            {"type": "TemplateProcessing", "single": [{"SpecialToken": {"id": "<s>", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}],
             "pair": [{"SpecialToken": {"id": "<s>", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 1}}],
             "special_tokens": {"<s>": {"id": "<s>", "ids": [0], "tokens": ["<s>"]}}}
            """;
        string json = TokenizerText.With(Trained.Roberta, root =>
        {
            root["post_processor"] = JsonNode.Parse(addsBos ? WithBos : Plain);
            root["added_tokens"] = new JsonArray(TokenizerText.AddedToken("<s>", 0, special: true), TokenizerText.AddedToken("</s>", 2, special: true));
        });
        Compare(json, new JsonObject
        {
            ["tokenizer_class"] = "GPT2Tokenizer", ["add_bos_token"] = addsBos, ["bos_token"] = "<s>", ["eos_token"] = "</s>", ["unk_token"] = "</s>",
        });
    }

    [Fact]
    public void DeBERTas_are()
    {
        string json = TokenizerText.With(Trained.Roberta, root =>
        {
            JsonObject vocabulary = root["model"]!["vocab"]!.AsObject();
            string[] own = ["[CLS]", "[PAD]", "[SEP]", "[UNK]"];
            string[] replaced = ["<s>", "<pad>", "</s>", "<unk>"];
            foreach ((string name, string old) in own.Zip(replaced))
            {
                vocabulary.Remove(old, out JsonNode? id);
                vocabulary[name] = id;
            }

            root["added_tokens"] = new JsonArray(
            [
                .. own.Select((name, id) => TokenizerText.AddedToken(name, id, special: true)),
                TokenizerText.AddedToken("[MASK]", vocabulary.Count, special: true, stripLeft: true),
            ]);
            root["post_processor"] = JsonNode.Parse("""{"type": "BertProcessing", "sep": ["[SEP]", 2], "cls": ["[CLS]", 0]}""");
        });
        Compare(json, new JsonObject { ["tokenizer_class"] = "DebertaTokenizer" });
    }

    [Fact]
    public void The_class_comes_from_config_json_if_tokenizer_config_json_does_not_name_it()
    {
        using TokenizerDirectory directory = Directory(config: null);
        Assert.Equal([0, 7, 8, 2], TokenizerFiles.Load(directory.Path, new TokenizerHint(ModelType: "roberta")).Ids("ab a"));
        Assert.Equal([7, 8], TokenizerFiles.Load(directory.Path, new TokenizerHint(ModelType: "gpt2")).Ids("ab a"));
        Assert.Equal([7, 8], TokenizerFiles.Load(directory.Path, new TokenizerHint("GPT2Tokenizer", "roberta")).Ids("ab a"));
        Assert.Contains("vocab.json: neither tokenizer_config.json nor config.json names the tokenizer_class", directory.Refused().Message);
        var other = Assert.Throws<TokenizerFileException>(() => TokenizerFiles.Load(directory.Path, new TokenizerHint("CLIPTokenizer", "roberta")));
        Assert.Contains("config.json, tokenizer_class: \"CLIPTokenizer\" is not supported with only vocab.json", other.Message);
    }

    [Fact]
    public void A_tokenizer_json_counts_before_them()
    {
        using TokenizerDirectory directory = Directory(Roberta);
        directory.Write("tokenizer.json", TokenizerDirectory.Json().ToJsonString());
        Assert.Equal(2, directory.Load().Ids("a")[0]);
    }

    [Fact]
    public void Both_files_and_the_class_change_the_key()
    {
        using TokenizerDirectory directory = Directory(config: null);
        var keys = new HashSet<TokenizerKey>
        {
            TokenizerFiles.Recognize(directory.Path, new TokenizerHint(ModelType: "roberta")),
            TokenizerFiles.Recognize(directory.Path, new TokenizerHint(ModelType: "gpt2")),
        };
        directory.Write("merges.txt", "#version: 0.2\na b\nĠ a\n");
        keys.Add(TokenizerFiles.Recognize(directory.Path, new TokenizerHint(ModelType: "gpt2")));
        directory.Write("vocab.json", Vocabulary + " ");
        keys.Add(TokenizerFiles.Recognize(directory.Path, new TokenizerHint(ModelType: "gpt2")));
        Assert.Equal(4, keys.Count);
        Assert.Equal(
            TokenizerFiles.Recognize(directory.Path, new TokenizerHint(ModelType: "gpt2")),
            TokenizerFiles.Read(directory.Path, new TokenizerHint("GPT2TokenizerFast")).Key);
    }

    [Theory]
    [InlineData("Ġ a\na b\n", "line 1", "#version")]
    [InlineData("#version: 0.2\nĠ a\na b", "byte 22", "line feed")]
    [InlineData("#version: 0.2\nĠ a\nab\n", "line 3", "one space")]
    [InlineData("#version: 0.2\n\nĠ a\n", "line 2", "one space")]
    [InlineData("#version: 0.2\na b c\n", "line 2", "one space")]
    [InlineData("#version: 0.2\na c\n", "line 2", "no \"c\"")]
    [InlineData("#version: 0.2\na b\nb a\n", "line 3", "no \"ba\"")]
    [InlineData("#version: 0.2\na b\nĠ a\na b\n", "line 4", "in line 2 already")]
    [InlineData("", "line 1", "#version")]
    public void A_damaged_list_of_merges_is_refused_with_place_and_reason(string merges, string place, string reason)
    {
        using TokenizerDirectory directory = Directory(Roberta);
        directory.Write("merges.txt", merges);
        AssertRefused(directory, "merges.txt", place, reason);
    }

    [Theory]
    [InlineData("[]", "byte 0", "an object")]
    [InlineData("{}", "", "empty")]
    [InlineData("""{"a": 1.5}""", "line 1, byte ", "whole number")]
    [InlineData("{\"a\": 1,\n\"b\"", "line 2, byte ", "':'")]
    [InlineData("""{"a": 1} x""", "byte 8", "more text")]
    [InlineData("""{"a": 0, "b": 1, "Ġ": 2, "ab": 3, "Ġa": 4}""", "vocab.json", "no \"<s>\"")]
    public void A_damaged_vocabulary_is_refused_with_place_and_reason(string vocabulary, string place, string reason)
    {
        using TokenizerDirectory directory = Directory(Roberta);
        directory.Write("vocab.json", vocabulary);
        AssertRefused(directory, "vocab.json", place, reason);
    }

    [Fact]
    public void Lines_of_merges_may_end_as_on_Windows_and_a_missing_file_is_named()
    {
        using TokenizerDirectory directory = Directory(Roberta);
        directory.Write("merges.txt", Merges.Replace("\n", "\r\n"));
        Assert.Equal([0, 7, 8, 2], directory.Load().Ids("ab a"));
        File.Delete(Path.Combine(directory.Path, "merges.txt"));
        AssertRefused(directory, "merges.txt", "", "vocab.json needs it");
    }

    [Fact]
    public void Damaged_files_are_read_or_refused_and_nothing_else()
    {
        var mutator = new Mutator(42, "\n", "\"", "Ġ", "a b\n", ": 3, ", "{", "<mask>");
        int refused = 0;
        for (int round = 0; round < 2000; round++)
        {
            using TokenizerDirectory directory = Directory(Roberta);
            bool isVocabulary = round % 2 == 0;
            directory.Write(isVocabulary ? "vocab.json" : "merges.txt", mutator.Mutate(System.Text.Encoding.UTF8.GetBytes(isVocabulary ? Vocabulary : Merges)));
            try
            {
                directory.Load().Ids("ab a<mask> b");
            }
            catch (TokenizerFileException e)
            {
                Assert.Contains(e.FileName, new[] { "vocab.json", "merges.txt" });
                refused++;
            }
        }

        Assert.InRange(refused, 500, 2000);
    }

    private static void AssertRefused(TokenizerDirectory directory, string file, string place, string reason)
    {
        TokenizerFileException refused = directory.Refused();
        Assert.Equal(file, refused.FileName);
        Assert.Contains(place, refused.Message);
        Assert.Contains(reason, refused.Message);
    }

    private static void Compare(string json, JsonObject config)
    {
        JsonNode model = JsonNode.Parse(json)!["model"]!;
        using TokenizerDirectory directory = Directory(config.ToJsonString());
        directory.Write("vocab.json", model["vocab"]!.ToJsonString());
        IEnumerable<string> merges = model["merges"]!.AsArray()
            .Select(merge => merge is JsonArray pair ? $"{(string?)pair[0]} {(string?)pair[1]}" : (string)merge!);
        directory.Write("merges.txt", string.Concat(merges.Prepend("#version: 0.2").Select(line => line + "\n")));
        using var agreement = new Agreement(directory.Load(), json);
        agreement.OnAll(RandomTexts.Of(311, "<mask>", "<s>", "[MASK]", "[SEP]").Take(10_000));
        agreement.OnAllOfPairs(RandomTexts.Of(312).Zip(RandomTexts.Of(313)).Take(2000));
    }

    private static TokenizerDirectory Directory(string? config)
    {
        var directory = new TokenizerDirectory();
        directory.Write("vocab.json", Vocabulary);
        directory.Write("merges.txt", Merges);
        if (config is not null)
            directory.Write("tokenizer_config.json", config);
        return directory;
    }
}
