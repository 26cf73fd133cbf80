using Thaw.FunctionalTests.InProcess.Fusion;
using Thaw.FunctionalTests.InProcess.Runtime;
using Thaw.Inference.Architectures;
using Thaw.Onnx.Architectures;
using Thaw.Onnx.Format;
using Thaw.Onnx.Runtime;
using Thaw.TestModels;
using Thaw.TestModels.Bert;

namespace Thaw.FunctionalTests.InProcess.Architectures;

/// <summary>Models in float16 and bfloat16, which run in float32 in shared sessions.</summary>
[Trait("Category", "inprocess")]
[Collection(nameof(OnnxRuntimeCollection))]
public sealed class HalfModelTests(OnnxRuntimeFixture runtime) : IDisposable
{
    private static readonly BertOptions Small = new()
    {
        VocabularySize = 120, HiddenSize = 32, FeedForwardSize = 48, Layers = 2, MaxPositions = 32, Labels = 40,
    };

    // Of the largest output, or of 1 if that is less: float16 has 11 digits, and is rounded to after each node.
    private const double OfHalves = 2e-2, Exact = 2e-5;

    private readonly TemporaryFolder _folder = new();
    private readonly ArchitectureTable _table = new(new PlanTable());

    public static TheoryData<TensorElementType, HalfStyle> Kinds
    {
        get
        {
            TheoryData<TensorElementType, HalfStyle> kinds = [];
            foreach (HalfStyle style in Enum.GetValues<HalfStyle>())
            {
                kinds.Add(TensorElementType.Float16, style);
                kinds.Add(TensorElementType.BFloat16, style);
            }

            return kinds;
        }
    }

    public void Dispose()
    {
        _table.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Every_form_of_an_export_shares_and_answers_as_with_float32_weights(TensorElementType type, HalfStyle style)
    {
        BertOptions[] generated =
        [
            Small, Small with { Opset = 17 }, Small with { Architecture = BertArchitecture.DistilBert }, Small with { TokenTypes = false },
            Small with { ExternalData = true }, Small with { Style = BertStyle.Fused }, Small with { Style = BertStyle.Fused, FusedEmbeddings = false },
        ];
        foreach (BertOptions form in generated) BertModelFile.Write(_folder[$"{form.Name}.onnx"], form);
        string[] files =
        [
            .. generated.Select(form => _folder[$"{form.Name}.onnx"]), .. Repository.Exports.Select(export => Path.Combine(export, ExportedModel.ModelName)),
        ];
        // The operators have bfloat16 since opset 13.
        if (type == TensorElementType.BFloat16) files = [.. files.Where(file => !file.Contains("opset11"))];
        foreach (string file in files) AssertAlike(file, new HalfEdit(type, style), type);
    }

    private void AssertAlike(string file, HalfEdit edit, TensorElementType type)
    {
        string half = _folder["half.onnx"], widened = _folder["widened.onnx"];
        ModelEdit.Write(file, half, edit.Apply);
        ModelEdit.Write(file, widened, edit.ApplyWidened);
        using OrtSession single = OrtSession.Load(runtime.Environment, widened, new SessionSettings());
        using OrtSession? plain = TryLoad(half, type);
        using (SharedModel? model = SharedModel.TryOpen(half, _table.Plans, out string? reason), original = SharedModel.TryOpen(file, _table.Plans, out _))
        {
            Assert.True(model is not null, $"{file}: {reason}");
            // What is fused in float32 is fused here; the casts are of rows of tables.
            Assert.Equal(Operators(original!), Operators(model));
        }

        using SharedSessions shared = SharedSessions.TryOpen(runtime.Environment, _table, half, _folder["weights"])!;
        Assert.True(shared.Model.IsWidened);
        // Only the tables are read where they are; the laid-out weights are all others.
        Assert.Equal(0, shared.Model.CopiedBytesBesideLayout);
        foreach ((int rows, int columns, Padding padding) in ((int, int, Padding)[])[(1, 7, Padding.None), (3, 12, Padding.Right), (2, 32, Padding.None)])
        {
            float[]?[] exact = Answers.Of(single, rows, columns, padding, Small.VocabularySize, columns);
            float[]?[]? rounded = plain is null ? null : Answers.Of(plain, rows, columns, padding, Small.VocabularySize, columns);
            foreach ((string way, OrtSession session, MappedWeights weights) in shared.Ways)
            {
                float[]?[] actual = Answers.Of(session, rows, columns, padding, Small.VocabularySize, columns, weights);
                for (int i = 0; i < actual.Length; i++)
                {
                    AssertNear(exact[i], actual[i], Exact, $"{file}, {way}, {rows} x {columns}, exact");
                    if (rounded is not null) AssertNear(rounded[i], actual[i], OfHalves, $"{file}, {way}, {rows} x {columns}, rounded");
                }
            }
        }
    }

    private static List<string> Operators(SharedModel model)
    {
        using OnnxModelFile graph = OnnxModelFile.Read(MappedFile.Of("graph", model.AsExported.Model.Span), long.MaxValue);
        return [.. graph.Graph.Nodes.Select(node => node.OpType).Where(type => type != "Cast").Order()];
    }

    private static void AssertNear(float[]? expected, float[]? actual, double tolerance, string what)
    {
        double scale = Math.Max(1, Assert.IsType<float[]>(expected).Max(MathF.Abs));
        double difference = Answers.Difference(expected, Assert.IsType<float[]>(actual)) / scale;
        Assert.True(difference <= tolerance, $"{what}: {difference}");
    }

    /// <summary>ONNX Runtime's own session of a file; null for bfloat16, for which it has too few kernels.</summary>
    private OrtSession? TryLoad(string file, TensorElementType type)
    {
        try
        {
            return OrtSession.Load(runtime.Environment, file, new SessionSettings());
        }
        catch (OnnxRuntimeException) when (type == TensorElementType.BFloat16)
        {
            return null;
        }
    }
}
