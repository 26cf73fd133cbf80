using Thaw.FunctionalTests.InProcess.Layouts;
using Thaw.FunctionalTests.InProcess.Runtime;
using Thaw.Inference;
using Thaw.Inference.Files;
using Thaw.Inference.Layouts;
using Thaw.Inference.Preparing;
using Thaw.Inference.Serving;
using Thaw.TestModels;
using Thaw.TestModels.Bert;

namespace Thaw.FunctionalTests.InProcess.Files;

/// <summary>Whole models in the layouts of directories that people hand over: they load and can be prepared, or are refused with the file.</summary>
[Trait("Category", "inprocess")]
[Collection(nameof(OnnxRuntimeCollection))]
public sealed class LayoutTests : IDisposable
{
    private const string Pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a214614ab2935c943f9e0ff69d22e\nsize 12345\n";

    private static readonly BertOptions Small = new()
    {
        VocabularySize = 120, HiddenSize = 32, FeedForwardSize = 48, Layers = 1, MaxPositions = 32, ExternalData = true,
    };

    private readonly OnnxRuntimeFixture _runtime;
    private readonly TemporaryFolder _folder = new();
    private readonly LocalModels _models;

    public LayoutTests(OnnxRuntimeFixture runtime)
    {
        _runtime = runtime;
        _models = new LocalModels(runtime.Environment, new PromotionRule(0, TimeSpan.Zero));
        ExportedModel.Write(_folder["ordinary"], Small);
        ExportedModel.Write(_folder["other"], Small with { Seed = 7 });
    }

    public void Dispose()
    {
        _models.Dispose();
        _folder.Dispose();
    }

    /// <summary>Folders of the ONNX file and its data, of the config, and of the tokenizer; then further files, separated by spaces.</summary>
    [Theory]
    [InlineData("", "", "", "readme.txt")]
    [InlineData("onnx", "", "", "model.safetensors 1_Pooling/config.json")]
    [InlineData("onnx", "onnx", "onnx", "")]
    [InlineData("w/onnx", "w", "w", "")]
    [InlineData("w", "w", "w", "code/inference.py __MACOSX/._w ._w .git/config")]
    [InlineData("w/x", "w/x", "w/x", "")]
    [InlineData("1", "", "", "config.pbtxt")]
    [InlineData("12", "12", "12", "config.pbtxt 9/model.onnx")]
    [InlineData("", "", "tokenizer", "")]
    [InlineData("model", "model", "tokenizer", "")]
    [InlineData("weights", "lock", "lock", "")]
    public async Task A_layout_gives_the_answers_of_the_ordinary_one_and_so_does_its_prepared_form(string model, string config, string tokenizer, string more)
    {
        Arrange(_folder["m"], model, config, tokenizer, more);
        float[] expected = await AnswerAsync(_folder["ordinary"]);
        Assert.Equal(expected, await AnswerAsync(_folder["m"]));
        string[] before = Entries(_folder["m"]);

        PreparationReport report = Prepare(_folder["m"], _folder["prepared"]);
        Assert.Equal((_folder["prepared"], null, null), (report.Directory, report.Unserved, report.Variant));
        Assert.InRange(LocalModels.Difference(expected, await AnswerAsync(_folder["prepared"])), 0, 1e-4);
        Assert.Equal(before, Entries(_folder["m"]));

        report = Prepare(_folder["m"], output: null);
        Assert.Equal((_folder["m"], null), (report.Directory, report.Unserved));
        Assert.InRange(LocalModels.Difference(expected, await AnswerAsync(_folder["m"])), 0, 1e-4);
        Assert.Null(Prepare(_folder["m"], output: null).Gain);
        Assert.Null(Prepare(_folder["prepared"], output: null).Gain);
    }

    [Theory]
    [InlineData("", "thaw.json")]
    [InlineData("onnx/", "thaw.json")]
    [InlineData("onnx/", "w/thaw.json")]
    [InlineData("", null)]
    public async Task A_variant_is_served_and_prepared_if_it_is_asked_for(string folder, string? settings)
    {
        string variant = folder + "model_quantized.onnx";
        Arrange(_folder["m/w"], folder, "", "", "");
        Assert.Equal(await AnswerAsync(_folder["ordinary"]), await AnswerAsync(_folder["m"]));
        // Another model, so that the answers tell which one it is.
        ModelEdit(_folder["other/model.onnx"], _folder[$"m/w/{variant}"]);
        float[] expected = await AnswerAsync(_folder["other"]);
        string? asked = settings is null ? "quantized" : null;
        if (settings is not null) File.WriteAllText(_folder[$"m/{settings}"], """{"variant":"quantized"}""");

        Assert.Equal(expected, await AnswerAsync(_folder["m"], asked));
        PreparationReport report = Prepare(_folder["m"], _folder["prepared"], asked);
        Assert.Equal((null, asked), (report.Unserved, report.Variant));
        Assert.InRange(LocalModels.Difference(expected, await AnswerAsync(_folder["prepared"], asked)), 0, 1e-4);
        Assert.Equal(await AnswerAsync(_folder["ordinary"]), await AnswerAsync(_folder["prepared"], "model"));

        void ModelEdit(string from, string to) => Architectures.ModelEdit.Write(from, to, _ => { });
    }

    [Theory]
    [InlineData("model.onnx")]
    [InlineData("model.onnx_data")]
    [InlineData("config.json")]
    [InlineData("vocab.txt")]
    [InlineData("tokenizer_config.json")]
    public void A_pointer_of_Git_LFS_is_named_as_such_wherever_it_lies(string file)
    {
        Arrange(_folder["m"], "w/onnx", "w", "w/tokenizer", "model.safetensors");
        // One that no load reads does no harm.
        File.WriteAllText(_folder["m/model.safetensors"], Pointer);
        _models.Load(_folder["m"]).Dispose();
        File.WriteAllText(Directory.GetFiles(_folder["m"], file, SearchOption.AllDirectories).Single(), Pointer);

        AssertRefused($"{file}: it is a Git LFS pointer, not the file itself. Run 'git lfs pull'");
        if (!file.Contains("onnx", StringComparison.Ordinal)) return;
        Result<PreparationReport> prepared = new ModelPreparer(_runtime.Environment, (_, _) => { }).Prepare(_folder["m"], null, null, default);
        Assert.Contains("Git LFS pointer", prepared.Error?.Message);
    }

    [Fact]
    public void External_data_that_is_missing_is_named_with_what_is_there_in_its_place()
    {
        Arrange(_folder["m"], "onnx", "", "", "");
        File.Move(_folder["m/onnx/model.onnx_data"], _folder["m/onnx/bert.onnx_data"]);

        AssertRefused("model.onnx: its external data 'model.onnx_data' is missing. Copy it beside model.onnx, under this name (bert.onnx_data is there");
        File.Delete(_folder["m/onnx/bert.onnx_data"]);
        AssertRefused("model.onnx: its external data 'model.onnx_data' is missing. Copy it beside model.onnx, under this name.");
    }

    [Fact]
    public void A_prepared_model_that_the_server_does_not_load_says_so()
    {
        Arrange(_folder["m"], "", "", "tokenizer", "");
        Directory.Delete(_folder["m/tokenizer"], recursive: true);

        Assert.StartsWith("tokenizer.json, vocab.txt: ", Prepare(_folder["m"], _folder["prepared"]).Unserved);
        Assert.StartsWith("tokenizer.json, vocab.txt: ", Prepare(_folder["prepared"], output: null).Unserved);
    }

    private void Arrange(string target, string model, string config, string tokenizer, string more)
    {
        foreach (string path in Directory.GetFiles(_folder["ordinary"]))
        {
            string name = Path.GetFileName(path);
            string folder = name.StartsWith("model.onnx", StringComparison.Ordinal) ? model : name == "config.json" ? config : tokenizer;
            Directory.CreateDirectory(Path.Combine(target, folder));
            File.Copy(path, Path.Combine(target, folder, name));
        }

        foreach (string file in more.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(target, file))!);
            File.WriteAllText(Path.Combine(target, file), "");
        }
    }

    private async Task<float[]> AnswerAsync(string directory, string? variant = null)
    {
        Result<LoadedModel> loaded = _models.TryLoad(directory, new ModelSettings { Variant = variant });
        Assert.Null(loaded.Error);
        using LoadedModel model = loaded.Value!;
        return await _models.InvokeAsync(model);
    }

    private PreparationReport Prepare(string directory, string? output, string? variant = null)
    {
        Result<PreparationReport> result = new ModelPreparer(_runtime.Environment, (_, _) => { }).Prepare(directory, output, variant, CancellationToken.None);
        Assert.Null(result.Error);
        return result.Value!;
    }

    private void AssertRefused(string reason)
    {
        InferenceError? error = _models.TryLoad(_folder["m"]).Error;
        Assert.Equal(InferenceErrorKind.InvalidModel, error?.Kind);
        Assert.StartsWith(reason, error!.Message);
    }

    private static string[] Entries(string directory) => [.. Directory.GetFileSystemEntries(directory, "*", SearchOption.AllDirectories).Order()];
}
