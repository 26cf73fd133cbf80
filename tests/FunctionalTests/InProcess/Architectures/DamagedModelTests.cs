using Thaw.FunctionalTests.InProcess.Layouts;
using Thaw.FunctionalTests.InProcess.Models;
using Thaw.FunctionalTests.InProcess.Runtime;
using Thaw.Inference;
using Thaw.Inference.Layouts;
using Thaw.Inference.Serving;
using Thaw.Onnx.Format;
using Thaw.TestModels;
using Thaw.TestModels.Bert;

namespace Thaw.FunctionalTests.InProcess.Architectures;

/// <summary>Models that are damaged somewhere. They are not run: ONNX Runtime ends the process for some of them.</summary>
[Trait("Category", "inprocess")]
[Collection(nameof(OnnxRuntimeCollection))]
public sealed class DamagedModelTests(OnnxRuntimeFixture runtime) : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Damaged_models_are_loaded_or_refused()
    {
        const int Rounds = 600;
        using var models = new LocalModels(runtime.Environment, new PromotionRule(0, TimeSpan.FromMinutes(10)));
        var small = new BertOptions { VocabularySize = 120, HiddenSize = 32, FeedForwardSize = 48, Layers = 1, MaxPositions = 32 };
        BertModelFile.Write(_folder["exported.onnx"], small);
        BertModelFile.Write(_folder["fused.onnx"], small with { Style = BertStyle.Fused });
        ModelEdit.Write(_folder["exported.onnx"], _folder["half.onnx"], new HalfEdit(TensorElementType.Float16, HalfStyle.Exported).Apply);
        ModelEdit.Write(
            _folder["exported.onnx"], _folder["behind casts.onnx"], new HalfEdit(TensorElementType.BFloat16, HalfStyle.WeightsBehindCasts).Apply);
        string[] files =
        [
            _folder["exported.onnx"], _folder["fused.onnx"], _folder["half.onnx"], _folder["behind casts.onnx"],
            .. Repository.Exports.Select(export => Path.Combine(export, ExportedModel.ModelName)),
        ];
        ExportedModel.Write(_folder["m"], small);
        // Without names of labels, so that it fits every file.
        File.WriteAllText(Path.Combine(_folder["m"], "config.json"), """{"architectures":["BertForSequenceClassification"]}""");
        string damaged = Path.Combine(_folder["m"], ExportedModel.ModelName);
        int shared = 0, refused = 0;
        for (int seed = 0; seed < Rounds; seed++)
        {
            File.Delete(damaged);
            string file = files[seed / 2 % files.Length];
            if (seed % 2 == 0) File.WriteAllBytes(damaged, new ModelMutator(seed).Mutate(File.ReadAllBytes(file)));
            else ModelEdit.Write(file, damaged, model => RemoveInputs(model.Graph, new Random(seed)));
            // It must not throw.
            Result<LoadedModel> loaded = models.TryLoad(_folder["m"]);
            if (loaded.Error is not null) refused++;
            if (loaded.Value?.IsShared == true) shared++;
            loaded.Value?.Dispose();
        }

        Assert.InRange(shared, Rounds / 10, Rounds);
        Assert.InRange(refused, Rounds / 10, Rounds);
    }

    private static void RemoveInputs(OnnxGraph graph, Random random)
    {
        // More often of the last nodes: what makes the outputs is looked at more closely.
        int at = random.Next(2) == 0 ? random.Next(graph.Nodes.Count) : graph.Nodes.Count - 1 - random.Next(3);
        graph.Nodes[at] = graph.Nodes[at] with { Inputs = [.. graph.Nodes[at].Inputs.SkipLast(1 + random.Next(2))] };
    }
}
