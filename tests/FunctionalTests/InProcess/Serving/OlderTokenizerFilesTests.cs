using Thaw.FunctionalTests.InProcess.Layouts;
using Thaw.FunctionalTests.InProcess.Runtime;
using Thaw.Inference;
using Thaw.Inference.Layouts;
using Thaw.Inference.Serving;
using Thaw.TestModels;
using Thaw.TestModels.Bert;

namespace Thaw.FunctionalTests.InProcess.Serving;

/// <summary>Models without a tokenizer.json whose tokenizer is known only from config.json.</summary>
[Trait("Category", "inprocess")]
[Collection(nameof(OnnxRuntimeCollection))]
public sealed class OlderTokenizerFilesTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly LocalModels _models;

    public OlderTokenizerFilesTests(OnnxRuntimeFixture runtime)
    {
        _models = new LocalModels(runtime.Environment, new PromotionRule(100, TimeSpan.FromMinutes(10)));
        ExportedModel.Write(_folder["m"], BertOptions.Tiny);
        foreach (string name in (string[])["vocab.txt", "tokenizer_config.json", "special_tokens_map.json"]) File.Delete(FileOf(name));
        string config = File.ReadAllText(FileOf("config.json")).Replace("\"model_type\": \"bert\"", "\"model_type\": \"deberta\"");
        Assert.Contains("deberta", config);
        File.WriteAllText(FileOf("config.json"), config);
        File.WriteAllText(FileOf("vocab.json"), """{"[PAD]": 0, "[CLS]": 1, "[SEP]": 2, "[UNK]": 3, "a": 4, "s": 5, "Ġ": 6, "Ġa": 7, "as": 8, "[MASK]": 9}""");
        File.WriteAllText(FileOf("merges.txt"), "#version: 0.2\nĠ a\na s\n");
    }

    public void Dispose()
    {
        _models.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task A_model_with_vocab_json_and_merges_txt_is_served()
    {
        using LoadedModel model = _models.Load(_folder["m"]);
        var ids = new int[16];
        Assert.Equal([1, 8, 7, 2], ids[..model.Tokenizer.Encode("as a"u8, ids, out _)]);
        Assert.All(await _models.InvokeAsync(model), score => Assert.True(float.IsFinite(score)));
    }

    [Fact]
    public void Its_damaged_twins_are_refused_with_file_and_advice()
    {
        File.WriteAllText(FileOf("merges.txt"), "#version: 0.2\nĠ a\na s");
        AssertRefused("merges.txt, byte 22", "Copy the file again.");
        File.Delete(FileOf("merges.txt"));
        AssertRefused("merges.txt: the file is missing", "Copy it from the model.");
        File.Delete(FileOf("vocab.json"));
        File.WriteAllBytes(FileOf("sentencepiece.bpe.model"), [0]);
        AssertRefused("\"deberta\" is not supported with only sentencepiece.bpe.model", "save_pretrained");
    }

    private void AssertRefused(string problem, string advice)
    {
        InferenceError? error = _models.TryLoad(_folder["m"]).Error;
        Assert.Equal(InferenceErrorKind.InvalidModel, error?.Kind);
        Assert.Contains(problem, error!.Message);
        Assert.Contains(advice, error.Message);
    }

    private string FileOf(string name) => Path.Combine(_folder["m"], name);
}
