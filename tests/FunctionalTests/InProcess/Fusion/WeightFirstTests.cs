using Thaw.FunctionalTests.InProcess.Preparing;
using Thaw.FunctionalTests.InProcess.Runtime;
using Thaw.Onnx.Format;
using Thaw.Onnx.Fusion;
using Thaw.Onnx.Runtime;
using Thaw.TestModels;

namespace Thaw.FunctionalTests.InProcess.Fusion;

/// <summary>Prepared models with the weight first in their products, compared with the originals.</summary>
[Trait("Category", "inprocess")]
[Collection(nameof(OnnxRuntimeCollection))]
public sealed class WeightFirstTests(OnnxRuntimeFixture runtime) : IDisposable
{
    private static readonly SessionSettings Unpacked = new() { Optimization = GraphOptimization.None, Prepacking = false };

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    public static TheoryData<string> Exports => [.. Repository.Exports.Select(path => Path.GetFileName(path))];

    [Theory]
    [MemberData(nameof(Exports))]
    public void PyTorchs_exports_give_the_same_answers_with_the_weight_first_in_every_product(string name) =>
        // Two layers of six products.
        Assert.Equal(12, AssertAlike(FusionTests.ExportPath(name), 120, 1e-4));

    [Fact]
    public void Encoders_in_every_form_give_the_same_answers()
    {
        int turned = 0;
        for (int seed = 0; seed < 120; seed++)
        {
            EncoderForm form = EncoderForm.Random(seed) with { FixedSizes = false };
            File.WriteAllBytes(_folder["model.onnx"], EncoderBuilder.Build(form));
            turned += AssertAlike(_folder["model.onnx"], EncoderBuilder.Vocabulary, form.Quantized ? 5e-2 : 1e-4, $"{seed}: {form}");
        }

        Assert.InRange(turned, 120, 10_000);
    }

    [Fact]
    public void A_product_that_may_not_have_three_dimensions_stays()
    {
        // A pooler's product of [batch, size], and a model without attention.
        Prepared.Write(FusionTests.ExportPath("bert-eager-opset14"), _folder["prepared.onnx"], smallest: 512);
        using OnnxModelFile model = OnnxModelFile.Open(_folder["prepared.onnx"], long.MaxValue);
        model.Graph.Nodes.RemoveAll(node => node.OpType == "MultiHeadAttention");
        byte[] before = model.Write(ownFile: null).ToArray();
        Assert.Equal(0, WeightFirst.Apply(model.Graph));
        Assert.Equal(before, model.Write(ownFile: null).ToArray());
    }

    private int AssertAlike(string path, int vocabulary, double tolerance, string label = "")
    {
        Prepared.Write(path, _folder["prepared.onnx"], smallest: 512);
        int turned;
        using (OnnxModelFile model = OnnxModelFile.Open(_folder["prepared.onnx"], long.MaxValue))
        {
            turned = WeightFirst.Apply(model.Graph);
            Assert.Equal(0, WeightFirst.Apply(model.Graph));
            File.WriteAllBytes(_folder["turned.onnx"], model.Write(ownFile: null).ToArray());
        }

        using OrtSession plain = OrtSession.Load(runtime.Environment, path, new SessionSettings());
        using OrtSession actual = OrtSession.Load(runtime.Environment, _folder["turned.onnx"], Unpacked);
        for (int round = 0; round < 4; round++)
        {
            var random = new Random(round);
            (int rows, int columns) = (random.Next(1, 6), random.Next(1, 13));
            float[]?[] one = Answers.Of(plain, rows, columns, (Padding)round, vocabulary, round);
            float[]?[] other = Answers.Of(actual, rows, columns, (Padding)round, vocabulary, round);
            double difference = one.Zip(other, (first, second) => Answers.Difference(Assert.IsType<float[]>(first), Assert.IsType<float[]>(second))).Max();
            Assert.True(difference < tolerance, $"{path} {label} {rows} x {columns}: {difference}");
        }

        return turned;
    }
}
