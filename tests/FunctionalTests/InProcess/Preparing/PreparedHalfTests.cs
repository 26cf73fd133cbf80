using Thaw.FunctionalTests.InProcess.Architectures;
using Thaw.FunctionalTests.InProcess.Fusion;
using Thaw.FunctionalTests.InProcess.Runtime;
using Thaw.Inference.Architectures;
using Thaw.Onnx.Architectures;
using Thaw.Onnx.Format;
using Thaw.Onnx.Preparing;
using Thaw.Onnx.Runtime;
using Thaw.TestModels;

namespace Thaw.FunctionalTests.InProcess.Preparing;

/// <summary>Prepared models that were float16 or bfloat16: their weights are float32, except for tables, and nothing is left to widen.</summary>
[Trait("Category", "inprocess")]
[Collection(nameof(OnnxRuntimeCollection))]
public sealed class PreparedHalfTests(OnnxRuntimeFixture runtime) : IDisposable
{
    private const int Vocabulary = 120;
    private const long Smallest = 512;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(TensorElementType.Float16, HalfStyle.Exported)]
    [InlineData(TensorElementType.Float16, HalfStyle.Converted)]
    [InlineData(TensorElementType.Float16, HalfStyle.WithFloat32Outputs)]
    [InlineData(TensorElementType.BFloat16, HalfStyle.WeightsBehindCasts)]
    public void Weights_are_written_as_float32(TensorElementType type, HalfStyle style)
    {
        foreach (string name in (string[])["bert-eager-opset14", "distilbert-opset14", "roberta-eager-opset14"])
        {
            string original = FusionTests.ExportPath(name), half = _folder["half.onnx"], widened = _folder["widened.onnx"], prepared = _folder["prepared.onnx"];
            var edit = new HalfEdit(type, style);
            ModelEdit.Write(original, half, edit.Apply);
            ModelEdit.Write(original, widened, edit.ApplyWidened);
            Assert.InRange(Prepared.Write(half, prepared, Smallest), 12, 100);
            using OrtSession expected = OrtSession.Load(runtime.Environment, widened, new SessionSettings());
            using OrtSession actual = OrtSession.Load(runtime.Environment, prepared, new SessionSettings());
            Assert.Equal(TensorElementType.Float32, actual.Outputs[0].ElementType);
            foreach (Padding padding in (Padding[])[Padding.None, Padding.Right])
            {
                float[]?[] one = Answers.Of(expected, 3, 9, padding, Vocabulary, 1), other = Answers.Of(actual, 3, 9, padding, Vocabulary, 1);
                Assert.InRange(Answers.Difference(one[0]!, other[0]!), 0, 1e-4);
            }

            using (ModelPreparation again = ModelPreparation.Open(prepared, Smallest)) Assert.True(again.IsPrepared());
            using var table = new ArchitectureTable(new PlanTable());
            using SharedModel? shared = SharedModel.TryOpen(prepared, table.Plans, out string? reason);
            Assert.True(shared is not null, reason);
            Assert.False(shared.IsWidened);
        }
    }
}
