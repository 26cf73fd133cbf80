using Thaw.Onnx.Format;
using Thaw.Onnx.Fusion.Rewriting;

namespace Thaw.Onnx.Fusion.Patterns;

/// <summary>Helpers for nodes with two inputs.</summary>
internal static class Operands
{
    /// <summary>The input that is not <paramref name="value"/>; null if neither of them is, or both are.</summary>
    public static string? Other(OnnxNode node, string value)
    {
        if (node.Inputs.Count != 2) return null;
        if (node.Inputs[0] == value) return node.Inputs[1] == value ? null : node.Inputs[1];
        return node.Inputs[1] == value ? node.Inputs[0] : null;
    }

    /// <summary>The input that is a known number, and the other input; null if neither of them is.</summary>
    public static (string Value, float Number)? WithNumber(FusionGraph graph, OnnxNode node)
    {
        if (node.Inputs.Count != 2) return null;
        if (graph.Facts[node.Inputs[1]]?.Number is { } right) return (node.Inputs[0], right);
        return graph.Facts[node.Inputs[0]]?.Number is { } left ? (node.Inputs[1], left) : null;
    }

    /// <summary>If the value is another one times a known factor, in the same shape: that other value and the factor.</summary>
    public static (string Value, float Factor)? Scaled(FusionGraph graph, string value)
    {
        if (graph.Producer(value, "Mul", "Div") is not { } node || WithNumber(graph, node) is not { } operands) return null;
        if (node.OpType == "Div" && operands.Value != node.Inputs[0]) return null;
        if (graph.Facts[value] is not { } scaled || graph.Facts[operands.Value] is not { } original || !scaled.HasShapeOf(original)) return null;
        return (operands.Value, node.OpType == "Div" ? 1 / operands.Number : operands.Number);
    }

    /// <summary>If the value is another one plus a constant vector along the last axis: that other value and the vector.</summary>
    public static (string Value, string Bias)? Biased(FusionGraph graph, string value)
    {
        if (graph.Producer(value, "Add") is not { Inputs.Count: 2 } add) return null;
        if (graph.Facts[value] is not { Type: TensorElementType.Float32, Rank: > 0 } sum) return null;
        foreach (string bias in add.Inputs)
        {
            if (Other(add, bias) is not { } other || !graph.IsVector(bias, sum.Shape![^1])) continue;
            if (graph.Facts[other]?.HasShapeOf(sum) == true) return (other, bias);
        }

        return null;
    }
}
