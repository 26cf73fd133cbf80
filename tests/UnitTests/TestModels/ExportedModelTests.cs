using System.Text;
using System.Text.Json;
using Thaw.TestModels;
using Thaw.TestModels.Bert;

namespace Thaw.UnitTests.TestModels;

public sealed class ExportedModelTests : IDisposable
{
    private readonly TemporaryFolder _directory = new();

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_directory_has_all_its_files_and_no_others(bool external)
    {
        BertOptions options = BertOptions.Tiny with { ExternalData = external };
        ExportedModel.Write(_directory.Path, options with { ExternalData = true });
        ExportedModel.Write(_directory.Path, options);
        Assert.Equal(
            ExportedModel.FileNames(options).Order(StringComparer.Ordinal),
            Directory.GetFiles(_directory.Path).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void The_config_is_that_of_a_bert_classifier()
    {
        JsonElement config = Config(BertOptions.Tiny with { Labels = 4, ProblemType = "multi_label_classification" });
        Assert.Equal("BertForSequenceClassification", config.GetProperty("architectures")[0].GetString());
        Assert.Equal("bert", config.GetProperty("model_type").GetString());
        Assert.Equal("multi_label_classification", config.GetProperty("problem_type").GetString());
        Assert.Equal(64, config.GetProperty("hidden_size").GetInt32());
        Assert.Equal(128, config.GetProperty("max_position_embeddings").GetInt32());
        Assert.Equal(2000, config.GetProperty("vocab_size").GetInt32());
        Assert.Equal("LABEL_3", config.GetProperty("id2label").GetProperty("3").GetString());
        Assert.Equal(4, config.GetProperty("label2id").EnumerateObject().Count());
    }

    [Fact]
    public void The_config_of_a_distilbert_uses_its_own_names()
    {
        JsonElement config = Config(BertOptions.TinyDistilBert);
        Assert.Equal("DistilBertForSequenceClassification", config.GetProperty("architectures")[0].GetString());
        Assert.Equal(64, config.GetProperty("dim").GetInt32());
        Assert.False(config.TryGetProperty("problem_type", out _));
        Assert.False(config.TryGetProperty("hidden_size", out _));
    }

    [Fact]
    public void The_vocabulary_has_the_requested_number_of_different_lines()
    {
        ExportedModel.Write(_directory.Path, BertOptions.Tiny);
        string text = File.ReadAllText(_directory["vocab.txt"], Encoding.UTF8);
        Assert.EndsWith("\n", text);
        string[] pieces = text.Split('\n')[..^1];
        Assert.Equal(BertOptions.Tiny.VocabularySize, pieces.Length);
        Assert.Equal(pieces.Length, pieces.Distinct().Count());
        Assert.Equal(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"], pieces[..5]);
        Assert.All("az09", c => Assert.True(pieces.Contains($"{c}") && pieces.Contains($"##{c}")));
        Assert.All("!~$", c => Assert.Contains($"{c}", pieces));
    }

    [Fact]
    public void A_vocabulary_of_bert_size_repeats_nothing() =>
        Assert.Equal(30522, VocabularyFile.Pieces(30522).Distinct().Count());

    [Fact]
    public void Refused_options_leave_no_directory()
    {
        string path = _directory["refused"];
        Assert.Throws<ArgumentException>(() => ExportedModel.Write(path, BertOptions.Tiny with { Heads = 7 }));
        Assert.False(Directory.Exists(path));
    }

    private JsonElement Config(BertOptions options)
    {
        ExportedModel.Write(_directory.Path, options);
        return JsonSerializer.Deserialize<JsonElement>(File.ReadAllBytes(_directory["config.json"]));
    }
}
