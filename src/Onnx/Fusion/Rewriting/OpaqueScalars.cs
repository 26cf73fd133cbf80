using Thaw.Onnx.Format;

namespace Thaw.Onnx.Fusion.Rewriting;

/// <summary>Finds scalars that are weights: scales and zero points of quantized weights, and biases of products with one result. The rewriting does not
/// look at their values, so it is right for all models that differ in these: no two are taken for the same because one model has equal ones.</summary>
internal static class OpaqueScalars
{
    private const int ScaleOfActivations = 1;

    /// <summary>Names of the initializers that nodes read only as such.</summary>
    public static HashSet<string> Of(OnnxGraph graph)
    {
        IEnumerable<OnnxTensor> single = graph.Initializers.Where(tensor => IsWeight(tensor.ElementType) && tensor.Dims.All(dim => dim == 1));
        HashSet<string> scalars = [.. single.Select(tensor => tensor.Name)];
        scalars.ExceptWith(graph.Inputs.Concat(graph.Outputs).Select(value => value.Name));
        HashSet<string> scales = [];
        foreach (OnnxNode node in graph.Nodes)
        {
            for (int input = 0; input < node.Inputs.Count && scalars.Count > 0; input++)
            {
                if (!IsWeight(node, input, scales)) scalars.Remove(node.Inputs[input]);
            }

            if (node is { IsStandard: true, OpType: "DynamicQuantizeLinear", Outputs.Count: > ScaleOfActivations })
                scales.Add(node.Outputs[ScaleOfActivations]);
        }

        return scalars;
    }

    private static bool IsWeight(TensorElementType type) => type is TensorElementType.Float32 or TensorElementType.Int8 or TensorElementType.UInt8;

    private static bool IsWeight(OnnxNode node, int input, HashSet<string> scales) => (node.IsStandard ? "" : node.Domain, node.OpType) switch
    {
        ("", "Gemm") => input == 2,
        ("", "Mul") => node.Inputs.Count == 2 && scales.Contains(node.Inputs[1 - input]),
        ("", "MatMulInteger") => input == 3,
        ("", "DequantizeLinear") => input is 1 or 2,
        (FusionGraph.Microsoft, "MatMulIntegerToFloat") => input is 3 or 5 or 6,
        _ => false,
    };
}
