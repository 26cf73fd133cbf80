using System.Runtime.InteropServices;
using Thaw.FunctionalTests.InProcess.Runtime;
using Thaw.Inference.Serving;
using Thaw.Onnx.Format;
using static Thaw.FunctionalTests.InProcess.Inputs.GraphEdit;

namespace Thaw.FunctionalTests.InProcess.Inputs;

/// <summary>Models that make one vector of all tokens in ways that keep padding out, and in ways that only seem to.</summary>
[Trait("Category", "inprocess")]
[Collection(nameof(OnnxRuntimeCollection))]
public sealed class PoolingTests(OnnxRuntimeFixture runtime) : IDisposable
{
    private readonly EditedModels _models = new(runtime.Environment);

    public void Dispose() => _models.Dispose();

    [Theory]
    // The sum of what is not padding.
    [InlineData("Mul ReduceSum", true)]
    // Padding becomes far lower than tokens.
    [InlineData("Sub ReduceMax", true)]
    // Padding becomes zero, which may be more than the tokens have.
    [InlineData("Mul ReduceMax", false)]
    // Padding becomes a large number.
    [InlineData("Sub ReduceSum", false)]
    // A product with ones is a sum.
    [InlineData("Ones MatMul", false)]
    [InlineData("Mask MatMul", true)]
    [InlineData("Ones Einsum", false)]
    [InlineData("Mask Einsum", true)]
    public async Task Texts_are_padded_only_where_the_vector_leaves_padding_out(string way, bool isPadded)
    {
        string directory = _models.Write(graph => Pool(graph, way));
        using LoadedModel model = _models.Load(directory);
        Assert.Equal(!isPadded, model.Inputs.NeedsEqualLengths);
        float[][] alone = await _models.AloneAsync(model), together = await _models.RunAsync(model, EditedModels.Texts);
        for (int i = 0; i < alone.Length; i++) Assert.Equal(alone[i], together[i], (left, right) => Math.Abs(left - right) < 1e-3);
    }

    /// <summary>Puts a vector of all tokens in the place of the first token's, which the pooler reads.</summary>
    private static void Pool(OnnxGraph graph, string way)
    {
        int at = graph.Nodes.FindIndex(node => node.OpType == "Gather" && node.Attribute("axis")?.Integer == 1);
        (string tokens, string pooled) = (graph.Nodes[at].Inputs[0], graph.Nodes[at].Outputs[0]);
        graph.Initializers.Add(Integers("pool_axis", 2));
        graph.Initializers.Add(Integers("row_axis", 1));
        graph.Initializers.Add(Number("pool_one", 1));
        graph.Initializers.Add(Number("pool_large", 1000));
        OnnxAttribute toFloat = OnnxAttribute.Of("to", (long)TensorElementType.Float32);
        List<OnnxNode> nodes =
        [
            Node("Cast", ["attention_mask"], "pool_mask", toFloat), Node("Unsqueeze", ["pool_mask", "pool_axis"], "column_mask"),
            Node("Unsqueeze", ["pool_mask", "row_axis"], "row_mask"), Node("Sub", ["pool_one", "column_mask"], "is_padding"),
            Node("Mul", ["is_padding", "pool_large"], "distance"), Node("Shape", ["row_mask"], "pool_shape"),
            Node("ConstantOfShape", ["pool_shape"], "pool_ones", OnnxAttribute.Of("value", Number("", 1))),
        ];
        string row = way.StartsWith("Ones", StringComparison.Ordinal) ? "pool_ones" : "row_mask";
        nodes.AddRange(way.Split(' ') switch
        {
            [_, "MatMul"] => [Node("MatMul", [row, tokens], "pool_kept"), Squeeze("pool_kept", pooled)],
            [_, "Einsum"] => [Node("Einsum", [row, tokens], pooled, OnnxAttribute.Of("equation", "bxs,bsh->bh"))],
            ["Mul", var reduce] => [Node("Mul", [tokens, "column_mask"], "pool_masked"), Reduce(reduce, pooled)],
            [_, var reduce] => [Node("Sub", [tokens, "distance"], "pool_masked"), Reduce(reduce, pooled)],
            _ => throw new ArgumentException(way),
        });
        graph.Nodes.RemoveAt(at);
        graph.Nodes.InsertRange(at, nodes);

        static OnnxNode Squeeze(string value, string to) => Node("Squeeze", [value, "row_axis"], to);
        OnnxNode Reduce(string op, string to) => op == "ReduceSum"
            ? Node(op, ["pool_masked", "row_axis"], to, OnnxAttribute.Of("keepdims", 0L))
            : Node(op, ["pool_masked"], to, OnnxAttribute.Of("keepdims", 0L), OnnxAttribute.Of("axes", [1L]));
    }

    private static OnnxTensor Number(string name, float value) => new()
    {
        Name = name, ElementType = TensorElementType.Float32, Dims = [1], RawData = MemoryMarshal.AsBytes([value]).ToArray(),
    };
}
