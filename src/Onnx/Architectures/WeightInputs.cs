using Thaw.Onnx.Format;
using Thaw.Onnx.Fusion.Rewriting;

namespace Thaw.Onnx.Architectures;

/// <summary>The inputs of operators that may be weights given with each run: their kernels need no constant there, and can read one at any address,
/// even one that is not a multiple of its elements' size. A test runs each at every offset.</summary>
internal static class WeightInputs
{
    internal static readonly Dictionary<(string Domain, string OpType), int[]> Known = new()
    {
        [("", "MatMul")] = [0, 1],
        [("", "Gemm")] = [0, 1, 2],
        [("", "Gather")] = [0],
        [("", "Slice")] = [0],
        [("", "DequantizeLinear")] = [1, 2],
        [("", "Add")] = [0, 1],
        [("", "Mul")] = [0, 1],
        [("", "LayerNormalization")] = [1, 2],
        [(FusionGraph.Microsoft, "FusedMatMul")] = [0, 1],
        [(FusionGraph.Microsoft, "FusedGemm")] = [0, 1, 2],
        [(FusionGraph.Microsoft, "SkipLayerNormalization")] = [2, 3, 4],
        [(FusionGraph.Microsoft, "BiasGelu")] = [1],
        [(FusionGraph.Microsoft, "FastGelu")] = [1],
        [(FusionGraph.Microsoft, "MultiHeadAttention")] = [3],
        [(FusionGraph.Microsoft, "EmbedLayerNormalization")] = [2, 3, 4, 5, 6],
        [(FusionGraph.Microsoft, "MatMulIntegerToFloat")] = [1, 3, 5, 6],
    };

    /// <summary>Whether input <paramref name="index"/> of the node may be a weight of this type.</summary>
    public static bool Accepts(OnnxNode node, int index, OnnxTensor tensor)
    {
        // Integers are shapes, axes and positions, except in quantized models. Scalars are constants of the computation, except there too.
        bool isQuantized = node.OpType is "MatMulIntegerToFloat" or "DequantizeLinear";
        bool mayBeBytes = isQuantized || node.OpType == "Gather";
        bool isWeight = tensor.ElementType is TensorElementType.Float32 or TensorElementType.Float16 or TensorElementType.BFloat16
            || (mayBeBytes && tensor.ElementType is TensorElementType.Int8 or TensorElementType.UInt8);
        if (!isWeight || (tensor.Dims.Count == 0 && !isQuantized)) return false;
        return Known.TryGetValue((node.IsStandard ? "" : node.Domain, node.OpType), out int[]? inputs) && inputs.Contains(index);
    }

    /// <summary>Whether the node reads only some rows of the weight at this input.</summary>
    public static bool IsTable(OnnxNode node, int index) => node.OpType switch
    {
        "Gather" => node.IsStandard && index == 0 && node.Attribute("axis")?.Integer is null or 0,
        "EmbedLayerNormalization" => index is >= 2 and <= 4,
        _ => false,
    };
}
