using System.Text.Json;
using Thaw.FunctionalTests.InProcess.Models;
using Thaw.FunctionalTests.InProcess.Runtime;
using Thaw.Onnx.Format;
using Thaw.Onnx.Fusion;
using Thaw.Onnx.InPlace;
using Thaw.Onnx.Runtime;
using Thaw.TestModels;
using Thaw.TestModels.Bert;
using static Thaw.FunctionalTests.InProcess.Fusion.EncoderForm;

namespace Thaw.FunctionalTests.InProcess.Fusion;

/// <summary>Fused graphs compared with the graphs as exported.</summary>
[Trait("Category", "inprocess")]
[Collection(nameof(OnnxRuntimeCollection))]
public sealed class FusionTests(OnnxRuntimeFixture runtime) : IDisposable
{
    private const double Tolerance = 1e-4;

    // If rounding moves an activation to the next integer: a hundredth of its range.
    private const double QuantizedTolerance = 5e-2;

    private static readonly SessionSettings Unoptimized = new() { Optimization = GraphOptimization.None };

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    /// <summary>Exports and the number of nodes left after fusion: 14 per layer, and those before and after the layers.</summary>
    public static TheoryData<string, int> Exports => new()
    {
        { "bert-eager-opset11", 49 },
        { "bert-eager-opset14", 49 },
        { "bert-eager-opset17", 49 },
        { "bert-eager-unfolded-opset14", 49 },
        { "bert-finfo-mask-opset14", 49 },
        { "bert-gelu-tanh-opset14", 49 },
        { "bert-hidden-pooled-opset14", 48 },
        { "bert-qa-opset14", 50 },
        { "bert-sdpa-expanded-mask-opset14", 50 },
        { "bert-sdpa-expanded-mask-opset17", 50 },
        { "bert-tokens-opset14", 47 },
        { "distilbert-opset11", 47 },
        { "distilbert-opset14", 47 },
        { "minilm-mean-opset14", 60 },
        { "roberta-eager-opset14", 55 },
    };

    [Theory]
    [MemberData(nameof(Exports))]
    public void PyTorchs_exports_are_fully_fused_and_give_the_same_answers(string name, int nodes)
    {
        string path = ExportPath(name);
        FusionReport report = AssertAlike(path, vocabulary: 120, longest: 16);
        Assert.Equal((2, 2), (report.Attentions, report.Gelus));
        // Two per layer and that of the embeddings. They are faster apart from the sums before them.
        Assert.Equal(5, Norms(path));
        Assert.True(report.NodesAfter <= nodes && report.NodesBefore > 200, report.ToString());
    }

    [Theory]
    [MemberData(nameof(Exports))]
    public void PyTorchs_exports_give_PyTorchs_answers(string name, int nodes)
    {
        Assert.InRange(nodes, 1, 100);
        (byte[] model, _) = Fuse(ExportPath(name));
        using OrtSession session = OrtSession.Load(runtime.Environment, model, Unoptimized);
        foreach (string line in File.ReadLines(Path.Combine(Path.GetDirectoryName(ExportPath(name))!, "goldens.jsonl")))
        {
            using JsonDocument golden = JsonDocument.Parse(line);
            Assert.True(GoldenDifference(session, golden.RootElement) < Tolerance, line[..60]);
        }
    }

    [Fact]
    public void Test_models_and_the_sample_give_the_same_answers()
    {
        foreach (BertOptions form in BertOptions.AllVariants.Where(form => !form.ExternalData))
        {
            BertModelFile.Write(_folder["model.onnx"], form);
            double tolerance = form.Float16Logits ? 1e-3 : Tolerance;
            FusionReport report = AssertAlike(_folder["model.onnx"], form.VocabularySize, longest: 24, rounds: 5, tolerance, form.PadsOnRightOnly);
            if (form.Style == BertStyle.Exported) Assert.True(report is { Attentions: 2, Gelus: 2, NodesAfter: <= 55 }, report.ToString());
        }

        Assert.Equal(2, AssertAlike(Path.Combine(Repository.Sample, "model.onnx"), vocabulary: 1000, longest: 32).Attentions);
    }

    [Fact]
    public void Dynamically_quantized_models_are_fully_fused_and_give_the_same_answers()
    {
        foreach (BertOptions form in BertOptions.QuantizedVariants)
        {
            BertModelFile.Write(_folder["model.onnx"], form);
            FusionReport report = AssertAlike(_folder["model.onnx"], form.VocabularySize, longest: 24, rounds: 5, QuantizedTolerance, form.PadsOnRightOnly);
            Assert.Equal((2, 12, 2), (report.Attentions, report.QuantizedProducts, report.Gelus));
            Assert.Equal(5, Norms(_folder["model.onnx"]));
        }
    }

    [Fact]
    public void Encoders_in_every_form_are_fused_and_give_the_same_answers()
    {
        for (int seed = 0; seed < 400; seed++)
        {
            EncoderForm form = EncoderForm.Random(seed);
            File.WriteAllBytes(_folder["model.onnx"], EncoderBuilder.Build(form));
            double tolerance = form.Quantized ? QuantizedTolerance : Tolerance;
            FusionReport report = AssertAlike(
                _folder["model.onnx"], EncoderBuilder.Vocabulary, longest: 12, rounds: 5, tolerance, isFixed: form.FixedSizes, label: $"{seed}: {form}");
            string what = $"{seed}: {form}: {report}";
            Assert.True(report.Attentions == form.Layers, what);
            Assert.True(Norms(_folder["model.onnx"]) == (2 * form.Layers) + 1, what);
            Assert.True(report.LayerNormalizations == (form.Norm == NormForm.Operator ? 0 : (2 * form.Layers) + 1), what);
            bool addsNoBias = form.Bias == BiasForm.None || form.Gemms || form.Quantized;
            bool fusesNoGelu = form.Activation == ActivationForm.Relu || (form.Activation >= ActivationForm.OperatorErf && addsNoBias);
            Assert.True(report.Gelus == (fusesNoGelu ? 0 : form.Layers), what);
            Assert.True(report.TransposedWeights == (form is { TransposedWeights: true, Gemms: false, Quantized: false } ? 6 * form.Layers : 0), what);
            Assert.True(report.QuantizedProducts == (form.Quantized ? 6 * form.Layers : 0), what);
        }
    }

    [Fact]
    public void A_fused_model_is_loaded_in_place()
    {
        string path = ExportPath("bert-eager-unfolded-opset14");
        using (OnnxModelFile fused = OnnxModelFile.Open(path, smallestMapped: 1024))
        {
            EncoderFusion.Apply(fused);
            Assert.DoesNotContain(fused.Graph.Nodes, node => node.OpType == "Transpose");
        }

        using InPlaceModel? model = InPlaceModel.TryOpen(path, new InPlaceRules { SmallestMapped = 1024 }, out string? reason);
        Assert.True(model is not null, reason);
        // The skeleton.
        Assert.InRange(model.CopiedBytes, 1, 60_000);
        using OrtSession? inPlace = model.TryLoad(runtime.Environment, Unoptimized with { Prepacking = false }, out reason);
        Assert.True(inPlace is not null, reason);
        using OrtSession plain = OrtSession.Load(runtime.Environment, path, Unoptimized);
        Assert.True(Difference(plain, inPlace, 3, 11, Padding.Right, 120, 1) < Tolerance);
    }

    [Fact]
    public void A_graph_that_is_not_an_encoder_is_not_touched()
    {
        foreach (BertOptions form in BertOptions.AllVariants.Where(form => form is { Style: BertStyle.Fused, ExternalData: false, FusedEmbeddings: true }))
        {
            BertModelFile.Write(_folder["model.onnx"], form);
            (byte[] fused, FusionReport report) = Fuse(_folder["model.onnx"]);
            Assert.Equal(report.NodesBefore, report.NodesAfter);
            Assert.Equal(File.ReadAllBytes(_folder["model.onnx"]), fused);
        }
    }

    [Fact]
    public void A_pattern_that_may_mean_something_else_is_not_touched()
    {
        byte[] encoder = EncoderBuilder.Build(new EncoderForm());
        AssertUntouched(model => model.Opsets[0] = OpsetImport.Of("", 10));
        AssertUntouched(model => model.Opsets[0] = OpsetImport.Of("", 23));
        AssertUntouched(model => model.Opsets.Add(OpsetImport.Of("ai.onnx", 14)));
        // A caller may give other weights.
        AssertUntouched(model => model.Graph.Inputs.Add(Value(model.Graph.Initializers[0].Name)));
        // A subgraph may read any value.
        AssertUntouched(model => model.Graph.Nodes.Add(SmallModel.Node("If", ["condition"], ["either"], OnnxAttribute.Parse(GraphAttribute()))));
        // Nodes that do not come in an order in which they can run.
        AssertUntouched(model => model.Graph.Nodes.Reverse());
        AssertUntouched(model => model.Graph.Nodes.Add(model.Graph.Nodes[^1]));
        // A function of the model may have the name of any operator.
        File.WriteAllBytes(_folder["model.onnx"], [.. encoder, .. Function()]);
        Assert.Equal((0, 0), (Fuse(_folder["model.onnx"]).Report.Attentions, Fuse(_folder["model.onnx"]).Report.LayerNormalizations));

        void AssertUntouched(Action<OnnxModelFile> change)
        {
            File.WriteAllBytes(_folder["model.onnx"], encoder);
            using OnnxModelFile model = OnnxModelFile.Open(_folder["model.onnx"], smallestMapped: long.MaxValue);
            change(model);
            byte[] before = model.Write(ownFile: null).ToArray();
            FusionReport report = EncoderFusion.Apply(model);
            Assert.Equal(report.NodesBefore, report.NodesAfter);
            Assert.Equal(before, model.Write(ownFile: null).ToArray());
        }

        static OnnxValue Value(string name)
        {
            var writer = new ProtoWriter();
            writer.Text(1, name);
            return OnnxValue.Parse(writer.Written);
        }

        static ReadOnlyMemory<byte> GraphAttribute()
        {
            var writer = new ProtoWriter();
            writer.Text(1, "then_branch");
            writer.Bytes(6, []);
            return writer.Written;
        }

        static ReadOnlySpan<byte> Function()
        {
            var writer = new ProtoWriter();
            writer.Bytes(25, []);
            return writer.Written.Span;
        }
    }

    [Fact]
    public void An_intermediate_value_that_is_an_output_stays()
    {
        File.WriteAllBytes(_folder["model.onnx"], EncoderBuilder.Build(new EncoderForm { Layers = 1 }));
        OnnxNode[] nodes;
        using (OnnxModelFile model = OnnxModelFile.Open(_folder["model.onnx"], smallestMapped: long.MaxValue))
            nodes = [.. model.Graph.Nodes.Where(node => node.OpType != "Constant")];
        foreach (OnnxNode node in nodes)
        {
            using (OnnxModelFile model = OnnxModelFile.Open(_folder["model.onnx"], smallestMapped: long.MaxValue))
            {
                var writer = new ProtoWriter();
                writer.Text(1, node.Outputs[0]);
                if (node.Outputs[0] != "hidden") model.Graph.Outputs.Add(OnnxValue.Parse(writer.Written));
                File.WriteAllBytes(_folder["changed.onnx"], model.Write(ownFile: null).ToArray());
            }

            AssertAlike(_folder["changed.onnx"], EncoderBuilder.Vocabulary, longest: 12, rounds: 2, label: node.Outputs[0]);
        }
    }

    internal static string ExportPath(string name) => Path.Combine(Repository.Root, "tests", "Exports", name, "model.onnx");

    private static (byte[] Model, FusionReport Report) Fuse(string path)
    {
        using OnnxModelFile model = OnnxModelFile.Open(path, smallestMapped: long.MaxValue);
        FusionReport report = EncoderFusion.Apply(model);
        return (model.Write(ownFile: null).ToArray(), report);
    }

    /// <summary>Layer normalizations of the fused graph.</summary>
    private static int Norms(string path)
    {
        using OnnxModelFile model = OnnxModelFile.Open(path, smallestMapped: long.MaxValue);
        EncoderFusion.Apply(model);
        Assert.DoesNotContain(model.Graph.Nodes, node => node.OpType == "SkipLayerNormalization");
        return model.Graph.Nodes.Count(node => node.OpType == "LayerNormalization");
    }

    private FusionReport AssertAlike(
        string path, int vocabulary, int longest, int rounds = 15, double tolerance = Tolerance,
        bool padsOnRightOnly = false, bool isFixed = false, string label = "")
    {
        (byte[] model, FusionReport report) = Fuse(path);
        using OrtSession plain = OrtSession.Load(runtime.Environment, path, Unoptimized);
        using OrtSession optimized = OrtSession.Load(runtime.Environment, path, new SessionSettings());
        using OrtSession fused = OrtSession.Load(runtime.Environment, model, Unoptimized with { Prepacking = false });
        using OrtSession fusedOptimized = OrtSession.Load(runtime.Environment, model, new SessionSettings());
        var random = new Random(rounds);
        for (int round = 0; round < rounds; round++)
        {
            (int rows, int columns) = isFixed ? (EncoderBuilder.Batch, EncoderBuilder.Sequence) : (random.Next(1, 6), random.Next(1, longest + 1));
            Padding padding = padsOnRightOnly ? Padding.Right : (Padding)(round % 5);
            foreach ((OrtSession expected, OrtSession actual) in ((OrtSession, OrtSession)[])[(plain, fused), (optimized, fusedOptimized)])
            {
                double difference = Difference(expected, actual, rows, columns, padding, vocabulary, round);
                Assert.True(difference < tolerance, $"{path} {label} {rows} x {columns} {padding}: {difference}");
            }
        }

        return report;
    }

    private static double Difference(OrtSession expected, OrtSession actual, int rows, int columns, Padding padding, int vocabulary, int seed)
    {
        float[]?[] first = Answers.Of(expected, rows, columns, padding, vocabulary, seed);
        float[]?[] second = Answers.Of(actual, rows, columns, padding, vocabulary, seed);
        Assert.Equal(first.Length, second.Length);
        return first.Zip(second, (one, other) => Answers.Difference(Assert.IsType<float[]>(one), Assert.IsType<float[]>(other))).Max();
    }

    /// <param name="golden">An object with inputs, int64 [rows, columns] by name, and outputs, flat by name.</param>
    private static double GoldenDifference(OrtSession session, JsonElement golden)
    {
        JsonElement inputs = golden.GetProperty("inputs"), ids = inputs.GetProperty("input_ids");
        float[]?[] answers = Answers.Of(
            session, ids.GetArrayLength(), ids[0].GetArrayLength(),
            (name, row, column) => inputs.GetProperty(name)[row][column].GetInt64());
        return session.Outputs.Select((output, index) =>
        {
            float[] expected = [.. golden.GetProperty("outputs").GetProperty(output.Name).EnumerateArray().Select(value => value.GetSingle())];
            return Answers.Difference(expected, Assert.IsType<float[]>(answers[index]));
        }).Max();
    }
}
