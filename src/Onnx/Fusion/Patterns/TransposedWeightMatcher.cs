using Thaw.Onnx.Format;
using Thaw.Onnx.Fusion.Rewriting;
using Thaw.Onnx.Fusion.Shapes;

namespace Thaw.Onnx.Fusion.Patterns;

/// <summary>Products with a weight that the graph transposes first, as exporters without constant folding write them. FusedMatMul and Gemm can read
/// the weight as it is stored.</summary>
internal static class TransposedWeightMatcher
{
    /// <returns>How many it fused.</returns>
    public static int Apply(FusionGraph graph) => graph.FuseEach(node => TryFuse(graph, node), "MatMul", "Gemm");

    private static bool TryFuse(FusionGraph graph, OnnxNode product)
    {
        if (Untransposed(graph, product.Inputs[1]) is not { } weight) return false;
        if (graph.Facts[product.Inputs[0]] is not { Type: TensorElementType.Float32, Rank: >= 2 }) return false;
        graph.Replace(product.Outputs[0], product.OpType == "MatMul" ? FusedMatMul(product, weight) : Gemm(product, weight));
        return true;
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
