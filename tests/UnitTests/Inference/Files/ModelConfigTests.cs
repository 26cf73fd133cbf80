using System.Text;
using Thaw.Inference;
using Thaw.Inference.Files;
using Thaw.Inference.Tasks;
using Thaw.Onnx.Format;
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
    [InlineData("""{"max_position_embeddings":2147483647,"model_type":"roberta","pad_token_id":-5}""")]
    [InlineData("""{"max_position_embeddings":-512}""")]
    [InlineData("""{"id2label":["a","b"]}""")]
    [InlineData("""{"id2label":{"0":1}}""")]
    [InlineData("""{"id2label":{"0":null}}""")]
    [InlineData("""{"id2label":{"0":"\ud800"}}""")]
    [InlineData("""{"problem_type":"\udc00"}""")]
    [InlineData("""{"\ud800":1}""")]
    public void Damage_is_refused(string json) => AssertRefused(ModelConfig.Parse(Encoding.UTF8.GetBytes(json)));

    [Theory]
    [InlineData("""{"0":"a","2":"c"}""")]
    [InlineData("""{"1":"a","2":"c"}""")]
    [InlineData("""{"-1":"a","0":"c"}""")]
    [InlineData("""{"0":"a","00":"b"}""")]
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
        var mutator = new Mutator(seed, "\"0\"", "null", "{", "}", "[", "]", ":", ",", "-1", "1e400", "\\ud800", "true");
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
            _ = TaskCatalog.Refuse(config);
            Result<TextClassification> task = TextClassification.Create(config, new LogitsOutput(0, TensorElementType.Float32, null));
            Assert.True(task.Value is null ? config.Labels.Count == 0 : task.Value.Labels.Count == config.Labels.Count);
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
        return result.Error.Message;
    }
}
