using Thaw.Onnx.Format;
using Thaw.Onnx.Fusion.Rewriting;
using Thaw.Onnx.Fusion.Shapes;

namespace Thaw.Onnx.Fusion.Patterns;

/// <summary>Products with a transposed weight, as exporters leave them that fold no constants: FusedMatMul and Gemm read the weight as it lies.</summary>
internal static class TransposedWeightMatcher
{
    /// <returns>How many it fused.</returns>
    public static int Apply(FusionGraph graph)
    {
        int count = 0;
        foreach (OnnxNode node in graph.Nodes.ToArray())
        {
            if (node.Domain is not ("" or "ai.onnx") || node.OpType is not ("MatMul" or "Gemm")) continue;
            if (Untransposed(graph, node.Inputs[1]) is not { } weight || graph.Facts[node.Inputs[0]] is not { Type: TensorElementType.Float32, Rank: >= 2 }) continue;
            graph.Replace(node.Outputs[0], node.OpType == "MatMul" ? FusedMatMul(node, weight) : Gemm(node, weight));
            count++;
        }

        if (count > 0) graph.Settle();
        return count;
    }

    private static string? Untransposed(FusionGraph graph, string value) =>
        graph.Producer(value, "Transpose") is { } transpose && graph.Constant(transpose.Inputs[0]) is { ElementType: TensorElementType.Float32, Dims.Count: 2 }
            && ReshapingRules.Permutation(transpose, 2) is [1, 0] ? transpose.Inputs[0] : null;

    private static OnnxNode FusedMatMul(OnnxNode product, string weight) => new()
    {
        Name = product.Name, Domain = FusionGraph.Microsoft, OpType = "FusedMatMul", Inputs = [product.Inputs[0], weight], Outputs = product.Outputs,
        Attributes = [OnnxAttribute.Of("transB", 1L)],
    };

    private static OnnxNode Gemm(OnnxNode product, string weight) => product with
    {
        Inputs = [product.Inputs[0], weight, .. product.Inputs.Skip(2)],
        Attributes =
        [
            .. product.Attributes.Where(attribute => attribute.Name != "transB"),
            OnnxAttribute.Of("transB", product.Attribute("transB")?.Integer is null or 0 ? 1L : 0L),
        ],
    };
}
