using System.Text;
using Thaw.Inference;
using Thaw.Inference.Files;
using Thaw.Inference.Tasks;
using Thaw.Onnx.Format;
using Thaw.Onnx.Runtime;
using Thaw.Onnx.Traits;
using Thaw.TestModels;

namespace Thaw.UnitTests.Inference.Files;

public sealed class ModelConfigTests
{
    private const string Real =
        """
        {
          "architectures": ["BertForSequenceClassification"],
          "attention_probs_dropout_prob": 0.1,
          "classifier_dropout": null,
          "id2label": {"0": "NEGATIVE", "1": "POSITIVE", "2": "Où? \ud83d\ude00"},
          "label2id": {"NEGATIVE": 0, "POSITIVE": 1},
          "max_position_embeddings": 512,
          "problem_type": "single_label_classification",
          "nested": {"a": [[1, 2], {"b": true}]},
          "vocab_size": 30522
        }
        """;

    [Fact]
    public void Known_fields_are_read_and_others_are_ignored()
    {
        ModelConfig config = Parsed(Real);

        Assert.Equal(["BertForSequenceClassification"], config.Architectures);
        Assert.Equal("single_label_classification", config.ProblemType);
        Assert.Equal(512, config.MaxPositions);
        Assert.Equal(["NEGATIVE", "POSITIVE", "Où? 😀"], config.Labels);
    }

    [Theory]
    [InlineData("""{"max_position_embeddings":514,"model_type":"roberta","pad_token_id":1}""", 512)]
    [InlineData("""{"max_position_embeddings":514,"model_type":"xlm-roberta"}""", 512)]
    [InlineData("""{"max_position_embeddings":514,"model_type":"mpnet","pad_token_id":0}""", 513)]
    [InlineData("""{"max_position_embeddings":514,"model_type":"bert","pad_token_id":1}""", 514)]
    public void Models_like_RoBERTa_number_positions_from_after_the_padding_id(string json, int expected) =>
        Assert.Equal(expected, Parsed(json).MaxPositions);

    [Theory]
    [InlineData("{}")]
    [InlineData("""{"architectures":null,"id2label":null,"problem_type":null,"max_position_embeddings":null,"vocab_size":null}""")]
    [InlineData("""{"architectures":[],"id2label":{}}""")]
    public void All_fields_are_optional(string json)
    {
        ModelConfig config = Parsed(json);

        Assert.Empty(config.Architectures);
        Assert.Empty(config.Labels);
        Assert.Null(config.ProblemType);
        Assert.Null(config.MaxPositions);
    }

    [Theory]
    [InlineData("""{"id2label":{"0":1,"1":2.50,"2":true,"3":false,"4":null,"5":NaN,"6":-Infinity}}""", "1 2.5 True False None nan -inf")]
    [InlineData("""{"id2label":["a",7]}""", "a 7")]
    [InlineData("""{"id2label":{" 1 ":"b","+0":"a"}}""", "a b")]
    [InlineData("""{"label2id":{"b":1,"a":"0","c":2.0}}""", "a b c")]
    [InlineData("""{"id2label":{"0":"x"},"label2id":{"y":0,"z":1},"num_labels":7}""", "x")]
    public void Labels_may_have_any_form_that_Python_reads(string json, string expected) =>
        Assert.Equal(expected, string.Join(' ', Parsed(json).Labels));

    [Fact]
    public void A_number_of_labels_without_names_is_known() => Assert.Equal(4, Parsed("""{"num_labels":4.0}""").LabelCount);

    [Fact]
    public void The_file_may_be_as_Python_and_editors_write_it()
    {
        ModelConfig config = Parsed(
            "\uFEFF"
            + """{"max_position_embeddings":128.0,"a":[NaN,Infinity,-Infinity,{"b":NaN}],"c":"NaN \"Infinity","pad_token_id":5,"x":Infinity}""");

        Assert.Equal((128, 5), (config.MaxPositions, config.PadTokenId));
    }

    [Theory]
    [InlineData("NaNNaN")]
    [InlineData("-NaN")]
    [InlineData("1NaN")]
    [InlineData("nan")]
    [InlineData("+Infinity")]
    public void Other_things_that_are_not_numbers_are_refused(string value) =>
        Assert.Contains("not valid JSON", AssertRefused(ModelConfig.Parse(Encoding.UTF8.GetBytes($$"""{"a":{{value}}}"""))));

    [Theory]
    [InlineData("""{"model_type":"gpt2","n_positions":1024}""", 1024)]
    [InlineData("""{"max_position_embeddings":512,"n_positions":1024}""", 512)]
    public void GPT_2_names_its_positions_otherwise(string json, int expected) => Assert.Equal(expected, Parsed(json).MaxPositions);

    [Theory]
    [InlineData("""{"pad_token_id":7}""", 7)]
    [InlineData("""{"pad_token_id":null}""", null)]
    [InlineData("""{"pad_token_id":-1}""", null)]
    [InlineData("{}", null)]
    public void The_padding_token_is_read(string json, int? expected) => Assert.Equal(expected, Parsed(json).PadTokenId);

    [Theory]
    [InlineData("""{"sentence_transformers":{"activation_fn":"torch.nn.modules.linear.Identity","version":"4.1.0"}}""")]
    [InlineData("""{"sbert_ce_default_activation_function":"torch.nn.modules.linear.Identity"}""")]
    public void The_activation_function_of_cross_encoders_is_read(string json) =>
        Assert.Equal("torch.nn.modules.linear.Identity", Parsed(json).ActivationFunction);

    [Theory]
    [InlineData("""{"max_position_embeddings":"512"}""", "max_position_embeddings must be a whole number")]
    [InlineData("""{"sentence_transformers":{"activation_fn":[]}}""", "sentence_transformers.activation_fn must be text")]
    [InlineData("""{"id2label":{"0":"a","1":{}}}""", "id2label.1 must be text")]
    [InlineData("""{"word_tokenizer_type":"mecab"}""", "word_tokenizer_type must be basic, not mecab")]
    [InlineData("""{"word_tokenizer_type":"basic","subword_tokenizer_type":"character"}""", "subword_tokenizer_type must be wordpiece, not character")]
    [InlineData("{\n \"a\": 1,\n }", "not valid JSON, at line 3")]
    public void Refusals_say_where(string json, string expected) =>
        Assert.Contains(expected, AssertRefused(ModelConfig.Parse(Encoding.UTF8.GetBytes(json))));

    [Fact]
    public void Labels_are_ordered_by_number_not_by_position_in_the_file() =>
        Assert.Equal(["a", "b", "c"], Parsed("""{"id2label":{"2":"c","0":"a","1":"b"}}""").Labels);

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("7")]
    [InlineData("\"text\"")]
    [InlineData("not json")]
    [InlineData("{\"vocab_size\":1")]
    [InlineData("{} {}")]
    [InlineData("{}\0")]
    [InlineData("version https://git-lfs.github.com/spec/v1\noid sha256:abc\nsize 12\n")]
    [InlineData("""{"architectures":"Bert"}""")]
    [InlineData("""{"architectures":[null]}""")]
    [InlineData("""{"architectures":["Bert",null]}""")]
    [InlineData("""{"architectures":[1]}""")]
    [InlineData("""{"architectures":{}}""")]
    [InlineData("""{"problem_type":1}""")]
    [InlineData("""{"max_position_embeddings":"512"}""")]
    [InlineData("""{"max_position_embeddings":512.5}""")]
    [InlineData("""{"max_position_embeddings":99999999999}""")]
    [InlineData("""{"max_position_embeddings":2}""")]
    [InlineData("""{"max_position_embeddings":0}""")]
    [InlineData("""{"max_position_embeddings":-2147483648,"model_type":"roberta"}""")]
    [InlineData("""{"max_position_embeddings":4,"model_type":"roberta"}""")]
    [InlineData("""{"max_position_embeddings":-512}""")]
    [InlineData("""{"max_position_embeddings":NaN}""")]
    [InlineData("""{"num_labels":0}""")]
    [InlineData("""{"num_labels":100001}""")]
    [InlineData("""{"pad_token_id":[0]}""")]
    [InlineData("""{"id2label":"a"}""")]
    [InlineData("""{"id2label":{"0":["a"]}}""")]
    [InlineData("""{"id2label":[{"a":1}]}""")]
    [InlineData("""{"label2id":["a"]}""")]
    [InlineData("""{"sentence_transformers":{"activation_fn":1}}""")]
    [InlineData("""{"id2label":{"0":"\ud800"}}""")]
    [InlineData("""{"problem_type":"\udc00"}""")]
    [InlineData("""{"id2label":{"\ud800":"a"}}""")]
    public void Damage_is_refused(string json) => AssertRefused(ModelConfig.Parse(Encoding.UTF8.GetBytes(json)));

    [Theory]
    [InlineData("""{"0":"a","2":"c"}""")]
    [InlineData("""{"1":"a","2":"c"}""")]
    [InlineData("""{"-1":"a","0":"c"}""")]
    [InlineData("""{"0":"a","00":"b"}""")]
    [InlineData("""{"0":"a","0":"b"}""")]
    [InlineData("""{"zero":"a"}""")]
    [InlineData("""{"":"a"}""")]
    [InlineData("""{"0.0":"a"}""")]
    [InlineData("""{"4294967296":"a"}""")]
    [InlineData("""{"2147483647":"a"}""")]
    public void Labels_that_do_not_number_the_classes_are_refused(string labels) =>
        Assert.Contains("id2label", AssertRefused(ModelConfig.Parse(Encoding.UTF8.GetBytes($$"""{"id2label":{{labels}}}"""))));

    [Fact]
    public void Invalid_utf8_is_refused()
    {
        AssertRefused(ModelConfig.Parse([.. "{\"problem_type\":\""u8, 0xff, .. "\"}"u8]));
        AssertRefused(ModelConfig.Parse([.. "{\"id2label\":{\""u8, 0xc3, .. "\":\"a\"}}"u8]));
        AssertRefused(ModelConfig.Parse([0xff, 0xfe, (byte)'{', 0, (byte)'}', 0]));
    }

    [Fact]
    public void Deep_nesting_is_refused()
    {
        AssertRefused(ModelConfig.Parse(Encoding.UTF8.GetBytes("{\"a\":" + new string('[', 100_000))));
        AssertRefused(ModelConfig.Parse(Encoding.UTF8.GetBytes("{\"a\":" + new string('[', 100_000) + new string(']', 100_000) + "}")));
    }

    [Fact]
    public void A_hundred_thousand_labels_are_read()
    {
        string labels = string.Join(',', Enumerable.Range(0, 100_000).Select(id => $"\"{id}\":\"label {id}\""));

        ModelConfig config = Parsed($$$"""{"id2label":{{{{labels}}}}}""");

        Assert.Equal(100_000, config.Labels.Count);
        Assert.Equal("label 99999", config.Labels[^1]);
    }

    [Fact]
    public void A_file_is_read_and_missing_or_oversized_ones_are_refused()
    {
        using var directory = new TemporaryFolder();
        Assert.Contains("missing", AssertRefused(ModelConfig.Read(directory.Path)));
        Assert.Contains("config.json", AssertRefused(ModelConfig.Read(directory["nothing"])));

        File.WriteAllText(directory[ModelConfig.FileName], Real);
        Assert.Equal(3, ModelConfig.Read(directory.Path).Value?.Labels.Count);

        using (FileStream sparse = File.OpenWrite(directory[ModelConfig.FileName])) sparse.SetLength(5L << 30);
        Assert.Contains("MiB", AssertRefused(ModelConfig.Read(directory.Path)));

        File.Delete(directory[ModelConfig.FileName]);
        Directory.CreateDirectory(directory[ModelConfig.FileName]);
        AssertRefused(ModelConfig.Read(directory.Path));
    }

    [Fact]
    public void An_endless_file_is_not_read_to_its_end()
    {
        using var directory = new TemporaryFolder();
        File.CreateSymbolicLink(directory[ModelConfig.FileName], "/dev/zero");

        AssertRefused(ModelConfig.Read(directory.Path));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void Damaged_files_give_a_configuration_or_a_reason(int seed)
    {
        var mutator = new Mutator(
            seed, "\"0\"", "null", "{", "}", "[", "]", ":", ",", "-1", "1e400", "\\ud800", "true", "NaN", "-Infinity", "128.0", "\uFEFF", "\"num_labels\":3,",
            "\"label2id\":", "\"sentence_transformers\":{\"activation_fn\":\"torch.nn.Sigmoid\"},");
        int accepted = 0;
        for (int round = 0; round < 10_000; round++)
        {
            byte[] damaged = mutator.Mutate(Encoding.UTF8.GetBytes(Real));
            Result<ModelConfig> result = ModelConfig.Parse(damaged);
            Assert.True(result.Value is null != result.Error is null);
            if (result.Value is not { } config)
            {
                AssertRefused(result);
                continue;
            }

            accepted++;
            var output = new TensorInfo("logits", TensorElementType.Float32, [-1, -1]);
            Result<ModelTask> task = TaskCatalog.Pick(config, "model.onnx", [output], TestTraits.Of(OutputFunction.None));
            if (task.Error is { } error) AssertPlain(error.Message);
            else Assert.Equal(config.LabelCount, task.Value!.Width);
        }

        Assert.InRange(accepted, 1, 9_999);
    }

    private static ModelConfig Parsed(string json)
    {
        Result<ModelConfig> result = ModelConfig.Parse(Encoding.UTF8.GetBytes(json));
        Assert.Null(result.Error);
        return result.Value!;
    }

    private static string AssertRefused(Result<ModelConfig> result)
    {
        Assert.Equal(InferenceErrorKind.InvalidModel, result.Error?.Kind);
        Assert.StartsWith("config.json: ", result.Error!.Message);
        AssertPlain(result.Error.Message);
        return result.Error.Message;
    }

    // Words of .NET's own messages, which mean nothing to the author of a file.
    private static void AssertPlain(string message) => Assert.DoesNotMatch("System|Path: \\$|JsonException|Int32|Utf8Json|BytePositionInLine|`1", message);
}
