using Thaw.Onnx.Format;

namespace Thaw.Onnx.Fusion.Rewriting;

/// <summary>The fewest inputs of the operators that the fusion reads. ONNX Runtime refuses a node with fewer too, but only later.</summary>
internal static class Arity
{
    private static readonly Dictionary<string, int> Least = new()
    {
        ["Add"] = 2, ["And"] = 2, ["CastLike"] = 2, ["DequantizeLinear"] = 2, ["Div"] = 2, ["Equal"] = 2, ["Expand"] = 2, ["Gather"] = 2,
        ["GatherElements"] = 2, ["GatherND"] = 2, ["Gemm"] = 2, ["Greater"] = 2, ["GreaterOrEqual"] = 2, ["LayerNormalization"] = 2, ["Less"] = 2,
        ["LessOrEqual"] = 2, ["MatMul"] = 2, ["MatMulInteger"] = 2, ["Mod"] = 2, ["Mul"] = 2, ["Or"] = 2, ["Pow"] = 2, ["Range"] = 3, ["Reshape"] = 2,
        ["Sub"] = 2, ["Where"] = 3, ["Xor"] = 2,
        ["Constant"] = 0, ["RandomNormal"] = 0, ["RandomUniform"] = 0,
    };

    /// <summary>Whether a node has an output and at least as many inputs as its operator needs.</summary>
    public static bool IsEnough(OnnxNode node)
    {
        if (!node.IsStandard) return true;
        if (node.Outputs.Count == 0 || node.Outputs[0].Length == 0) return false;
        int least = Least.GetValueOrDefault(node.OpType, 1);
        if (node.Inputs.Count < least) return false;
        for (int i = 0; i < least; i++)
        {
            if (node.Inputs[i].Length == 0) return false;
        }

        return true;
    }
}
