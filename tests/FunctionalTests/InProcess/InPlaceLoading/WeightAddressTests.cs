using Thaw.FunctionalTests.InProcess.Models;
using Thaw.FunctionalTests.InProcess.Runtime;
using Thaw.Onnx.Format;
using Thaw.Onnx.InPlace;
using Thaw.Onnx.Runtime;
using static Thaw.FunctionalTests.InProcess.Models.SmallModel;

namespace Thaw.FunctionalTests.InProcess.InPlaceLoading;

/// <summary>Operators whose weights are read in place, with the weights at every place in a cache line.</summary>
[Trait("Category", "inprocess")]
[Collection(nameof(OnnxRuntimeCollection))]
public sealed class WeightAddressTests(OnnxRuntimeFixture runtime) : InPlaceComparison(runtime)
{
    [Fact]
    public void Kernels_that_read_weights_in_place_read_them_at_any_address()
    {
        OnnxNode embed = Node("Gather", ["table", "x"], ["e"]);
        OnnxTensor table = Floats("table", 8, 64);
        (OnnxNode[] Nodes, OnnxTensor[] Weights)[] cases =
        [
            ([Node("MatMul", ["e", "w"], ["y"])], [Floats("w", 64, 33)]),
            ([Node("MatMul", ["e", "w"], ["y"])], [Floats("w", 64, 256)]),
            ([Node("Transpose", ["e"], ["t"], OnnxAttribute.Of("perm", [0, 2, 1])), Node("MatMul", ["w", "t"], ["y"])], [Floats("w", 19, 64)]),
            ([Node("Reshape", ["e", "shape"], ["r"]), Node("Gemm", ["r", "w", "b"], ["y"], OnnxAttribute.Of("transB", 1L))],
                [Floats("w", 48, 64), Floats("b", 48), Tensor<long>("shape", TensorElementType.Int64, [-1, 64], 2)]),
            ([Node("Reshape", ["e", "shape"], ["r"]), Node("Gemm", ["r", "w"], ["g"]), Node("Relu", ["g"], ["y"])],
                [Floats("w", 64, 48), Tensor<long>("shape", TensorElementType.Int64, [-1, 64], 2)]),
            ([MicrosoftNode("FusedMatMul", ["e", "w"], ["y"], OnnxAttribute.Of("transB", 1L))], [Floats("w", 40, 64)]),
            ([MicrosoftNode("FusedMatMul", ["e", "w"], ["y"], OnnxAttribute.Of("alpha", 0.5f))], [Floats("w", 64, 40)]),
            ([MicrosoftNode("Attention", ["e", "w", "b"], ["y"], OnnxAttribute.Of("num_heads", 4L))], [Floats("w", 64, 192), Floats("b", 192)]),
            ([
                Node("Cast", ["x"], ["i"], OnnxAttribute.Of("to", 6L)),
                MicrosoftNode("EmbedLayerNormalization", ["i", "i", "w", "p", "s", "scale", "shift"], ["y", "mask"]),
            ],
                [Floats("w", 8, 64), Floats("p", 8, 64), Floats("s", 2, 64), Floats("scale", 64), Floats("shift", 64)]),
            ([Node("MatMul", ["e", "w"], ["q"]), MicrosoftNode("MultiHeadAttention", ["q", "q", "q", "b"], ["y"], OnnxAttribute.Of("num_heads", 4L))],
                [Floats("w", 64, 64), Floats("b", 192)]),
        ];
        AssertAtEveryAddress(embed, table, cases);
    }

    /// <summary>ONNX Runtime reads the file itself for that.</summary>
    [Fact]
    public void Weights_that_ONNX_Runtime_computes_with_while_it_loads_are_read_at_any_address()
    {
        string[] unary = ["Transpose", "Identity", "Neg", "Sqrt", "Abs", "Exp", "Softmax", "Sigmoid", "Erf", "Tanh"];
        string[] binary = ["Add", "Mul", "Sub", "Div", "Max", "Pow"];
        double[] doubles = [.. Enumerable.Range(0, 48 * 17).Select(i => i / 100.0)];
        Half[] halves = [.. doubles.Select(value => (Half)value)];
        OnnxNode toFloat = Node("Cast", ["w"], ["folded"], OnnxAttribute.Of("to", 1L));
        OnnxNode[] Project(params OnnxNode[] fold) => [.. fold, Node("MatMul", ["e", "folded"], ["y"])];
        AssertAtEveryAddress(
            Node("Gather", ["table", "x"], ["e"]), Floats("table", 8, 48),
            [
                .. unary.Select(op => (Project(Node(op, ["w"], ["folded"])), (OnnxTensor[])[Floats("w", 48, 48)])),
                .. binary.Select(op => (Project(Node(op, ["w", "v"], ["folded"])), (OnnxTensor[])[Floats("w", 48, 48), Floats("v", 48)])),
                (Project(Node("Concat", ["w", "v"], ["folded"], OnnxAttribute.Of("axis", 1L))), [Floats("w", 48, 17), Floats("v", 48, 16)]),
                (Project(toFloat), [Tensor("w", TensorElementType.Float64, doubles, 48, 17)]),
                (Project(toFloat), [Tensor("w", TensorElementType.Float16, halves, 48, 17)]),
            ]);
    }

    private void AssertAtEveryAddress(OnnxNode embed, OnnxTensor table, (OnnxNode[] Nodes, OnnxTensor[] Weights)[] cases)
    {
        foreach ((OnnxNode[] nodes, OnnxTensor[] weights) in cases)
        {
            var model = new SmallModel { Nodes = [embed, .. nodes], Initializers = [table, .. weights] };
            foreach (bool prepacking in (bool[])[true, false])
                for (int padding = 2; padding < 66; padding++) AssertInPlace(model with { Padding = padding }, new SessionSettings { Prepacking = prepacking });
        }
    }

    [Fact]
    public void Weights_of_other_operators_are_copied_if_they_are_not_aligned()
    {
        int copied = 0;
        for (int padding = 2; padding < 18; padding++)
        {
            AssertInPlace(new SmallModel
            {
                Nodes = [Node("Gather", ["table", "x"], ["rows"]), Node("Add", ["rows", "other"], ["y"])],
                Initializers = [Floats("table", 8, 16), Floats("other", 1, 1, 16)],
                Padding = padding,
            });
            using OnnxModelFile model = OnnxModelFile.Open(Folder["model.onnx"], Smallest);
            bool isCopied = new WeightUse(model.Graph).Unaligned.Contains("other");
            Assert.Equal(model.Graph.Initializers[1].Location!.Offset % sizeof(float) != 0, isCopied);
            if (isCopied) copied++;
        }

        Assert.Equal(12, copied);
    }
}
