using Thaw.Onnx.Format;
using Thaw.Onnx.Fusion.Rewriting;

namespace Thaw.Onnx.Preparing;

/// <summary>
/// Makes matrix products read their weights transposed. Without prepacking the matrix kernels gather a panel of the weight in each run, which
/// takes about a third longer from rows of the weight than from columns that are contiguous.
/// </summary>
internal static class WeightTransposition
{
    /// <summary>Rewrites the products and the dimensions of their weights. The caller must transpose the elements.</summary>
    /// <param name="smallest">Weights of fewer bytes stay as they are.</param>
    /// <returns>Names of the weights to transpose.</returns>
    public static HashSet<string> Apply(OnnxModelFile model, WeightReaders readers, long smallest)
    {
        OnnxGraph graph = model.Graph;
        HashSet<string> transposed = [];
        for (int i = 0; i < graph.Initializers.Count; i++)
        {
            OnnxTensor weight = graph.Initializers[i];
            // A matrix of one row or one column has the same bytes when transposed.
            if (weight is not { ElementType: TensorElementType.Float32, Dims: [> 1 and var rows, > 1 and var columns] }) continue;
            if ((Int128)rows * columns * sizeof(float) < smallest) continue;
            if (readers.OnlyReaders(weight.Name) is not { Count: > 0 } uses || !uses.All(use => IsPlainProduct(graph.Nodes[use.Node], use.Input))) continue;
            foreach ((int node, _) in uses) graph.Nodes[node] = Transposed(graph.Nodes[node]);
            graph.Initializers[i] = weight with { Dims = [columns, rows] };
            transposed.Add(weight.Name);
        }

        // Their declared shapes are no longer true.
        graph.ValueInfos.RemoveAll(value => transposed.Contains(value.Name));
        if (transposed.Count > 0 && graph.Nodes.Exists(node => node.Domain == FusionGraph.Microsoft)) model.AddOpset(FusionGraph.Microsoft, 1);
        return transposed;
    }

    /// <summary>Whether the node is a product with this input as its right side, not transposed. The other side of a MatMul is float32 too, and may
    /// have any rank.</summary>
    private static bool IsPlainProduct(OnnxNode node, int input)
    {
        if (input != 1) return false;
        return (node.Domain, node.OpType) switch
        {
            ("" or "ai.onnx", "MatMul") => true,
            ("" or "ai.onnx", "Gemm") => IsZero(node, "transB"),
            (FusionGraph.Microsoft, "FusedMatMul") => IsZero(node, "transB") && IsZero(node, "transBatchA") && IsZero(node, "transBatchB"),
            _ => false,
        };
    }

    private static bool IsZero(OnnxNode node, string attribute) => node.Attribute(attribute)?.Integer is null or 0;

    private static OnnxNode Transposed(OnnxNode product) => product with
    {
        Domain = product.OpType == "MatMul" ? FusionGraph.Microsoft : product.Domain,
        OpType = product.OpType == "MatMul" ? "FusedMatMul" : product.OpType,
        Attributes = [.. product.Attributes.Where(attribute => attribute.Name != "transB"), OnnxAttribute.Of("transB", 1L)],
    };
}
