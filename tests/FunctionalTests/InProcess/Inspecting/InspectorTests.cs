using System.Formats.Tar;
using System.Text.Json;
using Thaw.FunctionalTests.InProcess.Runtime;
using Thaw.Inference.Files;
using Thaw.Inference.Inspecting;
using Thaw.Server.Commands;
using Thaw.TestModels;
using Thaw.TestModels.Bert;

namespace Thaw.FunctionalTests.InProcess.Inspecting;

[Trait("Category", "inprocess")]
[Collection(nameof(OnnxRuntimeCollection))]
public sealed class InspectorTests(OnnxRuntimeFixture runtime) : IDisposable
{
    private static readonly BertOptions Small = new()
    {
        VocabularySize = 120, HiddenSize = 32, FeedForwardSize = 48, Layers = 1, MaxPositions = 32,
    };

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_model_is_described_as_it_is_served()
    {
        ExportedModel.Write(_folder["m"], Small);
        Inspection inspection = Inspect("m");
        Assert.Null(inspection.Refusal);
        Assert.Equal(_folder["m/model.onnx"], inspection.ModelFile);
        Assert.Equal(new FileInfo(_folder["m/model.onnx"]).Length, inspection.Bytes);
        Assert.True(inspection.Opset > 0);
        Assert.Equal((true, true), (inspection.IsMapped, inspection.IsShared));
        ModelFacts model = inspection.Model!;
        Assert.Equal(("text-classification", "WordPiece", 32), (model.Task, model.Tokenizer, model.MaxTokens));
        Assert.Equal(["token ids", "attention mask", "token types"], model.Inputs.Select(input => input.Use));
        TensorFacts output = Assert.Single(model.Outputs);
        Assert.Equal(("logits", "Float32", "read"), (output.Name, output.Type, output.Use));
        Assert.Equal($"its output 'logits' has {model.LabelNames.Count} numbers for each text", model.TaskReason);

        string report = Report(inspection);
        Assert.Contains("task       text-classification", report, StringComparison.Ordinal);
        Assert.EndsWith("It can be served.\n", report, StringComparison.Ordinal);
    }

    [Fact]
    public void A_model_that_is_refused_is_described_as_far_as_it_can_be_read()
    {
        ExportedModel.Write(_folder["m"], Small);
        File.WriteAllText(_folder["m/config.json"], "{\"id2label\": {\"0\": \"a\", \"2\": \"b\"}}");
        Inspection inspection = Inspect("m");
        Assert.StartsWith("config.json: ", inspection.Refusal, StringComparison.Ordinal);
        Assert.Null(inspection.Model);
        Assert.Equal(["input_ids", "attention_mask", "token_type_ids"], inspection.Inputs!.Select(input => input.Name));
        Assert.Equal("logits", Assert.Single(inspection.Outputs!).Name);
        string report = Report(inspection);
        Assert.Contains("input_ids", report, StringComparison.Ordinal);
        Assert.EndsWith($"It cannot be served. {inspection.Refusal}\n", report, StringComparison.Ordinal);
    }

    [Fact]
    public void A_damaged_or_missing_model_is_refused_and_nothing_else_is_said()
    {
        ExportedModel.Write(_folder["m"], Small);
        File.WriteAllBytes(_folder["m/model.onnx"], [1, 2, 3]);
        Inspection damaged = Inspect("m"), missing = Inspect("none");
        Assert.Contains("model.onnx", damaged.Refusal, StringComparison.Ordinal);
        Assert.Null(damaged.Inputs);
        Assert.Contains("does not exist", missing.Refusal, StringComparison.Ordinal);
        Assert.Null(missing.ModelFile);
        Assert.EndsWith($"It cannot be served. {missing.Refusal}\n", Report(missing), StringComparison.Ordinal);
    }

    [Fact]
    public void An_archive_is_unpacked_and_removed_again()
    {
        ExportedModel.Write(_folder["m"], Small);
        TarFile.CreateFromDirectory(_folder["m"], _folder["m.tar"], includeBaseDirectory: true);
        int before = Unpacked();
        List<string> steps = [];
        Inspection inspection = new ModelInspector(runtime.Environment, steps.Add).Inspect(_folder["m.tar"], new ModelSettings());
        Assert.Null(inspection.Refusal);
        Assert.Equal((_folder["m.tar"], _folder["m.tar/m/model.onnx"]), (inspection.Path, inspection.ModelFile));
        Assert.Equal(_folder["m.tar/m"], inspection.Model!.TokenizerDirectory);
        Assert.Equal(["Unpacking m.tar", "Loading it as the server does"], steps);
        Assert.Equal(before, Unpacked());

        static int Unpacked() => Directory.GetDirectories(Path.GetTempPath(), "thaw-inspect-*").Length;
    }

    [Fact]
    public void Json_has_the_same_facts()
    {
        ExportedModel.Write(_folder["m"], Small);
        Inspection inspection = Inspect("m");
        using JsonDocument json = JsonDocument.Parse(InspectionJson.Write(inspection));
        JsonElement model = json.RootElement.GetProperty("model");
        Assert.False(json.RootElement.TryGetProperty("refusal", out _));
        Assert.Equal(inspection.Model!.Task, model.GetProperty("task").GetString());
        Assert.Equal(inspection.Model.Inputs.Count, model.GetProperty("inputs").GetArrayLength());
        Assert.Contains("its output 'logits'", model.GetRawText(), StringComparison.Ordinal);
        Assert.Equal("input_ids", model.GetProperty("inputs")[0].GetProperty("name").GetString());
    }

    private Inspection Inspect(string name) => new ModelInspector(runtime.Environment, _ => { }).Inspect(_folder[name], new ModelSettings());

    private static string Report(Inspection inspection)
    {
        var writer = new StringWriter { NewLine = "\n" };
        InspectionReport.Write(writer, inspection);
        return writer.ToString();
    }
}
