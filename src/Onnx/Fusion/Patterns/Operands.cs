using Thaw.Onnx.Format;
using Thaw.Onnx.Fusion.Rewriting;

namespace Thaw.Onnx.Fusion.Patterns;

/// <summary>Looks at the inputs of nodes with two of them.</summary>
internal static class Operands
{
    /// <summary>The input beside <paramref name="value"/>; null when that is none of the two, or both.</summary>
    public static string? Other(OnnxNode node, string value)
    {
        if (node.Inputs.Count != 2) return null;
        if (node.Inputs[0] == value) return node.Inputs[1] == value ? null : node.Inputs[1];
        return node.Inputs[1] == value ? node.Inputs[0] : null;
    }

    /// <summary>The number that one of two inputs is, and the other input.</summary>
    public static (string Value, float Number)? WithNumber(FusionGraph graph, OnnxNode node)
    {
        if (node.Inputs.Count != 2) return null;
        if (graph.Facts[node.Inputs[1]]?.Number is { } right) return (node.Inputs[0], right);
        return graph.Facts[node.Inputs[0]]?.Number is { } left ? (node.Inputs[1], left) : null;
    }

    /// <summary>A factor that a node multiplies a value by without changing its shape.</summary>
    public static (string Value, float Factor)? Scaled(FusionGraph graph, string value)
    {
        if (graph.Producer(value, "Mul", "Div") is not { } node || WithNumber(graph, node) is not { } operands) return null;
        if (node.OpType == "Div" && operands.Value != node.Inputs[0]) return null;
        if (graph.Facts[value] is not { } scaled || graph.Facts[operands.Value] is not { } original || !scaled.HasShapeOf(original)) return null;
        return (operands.Value, node.OpType == "Div" ? 1 / operands.Number : operands.Number);
    }

    /// <summary>A constant vector that is added along the last axis, and what it is added to.</summary>
    public static (string Value, string Bias)? Biased(FusionGraph graph, string value)
    {
        if (graph.Producer(value, "Add") is not { Inputs.Count: 2 } add || graph.Facts[value] is not { Type: TensorElementType.Float32, Rank: > 0 } sum) return null;
        foreach (string bias in add.Inputs)
        {
            if (Other(add, bias) is { } other && graph.IsVector(bias, sum.Shape![^1]) && graph.Facts[other] is { } input && input.HasShapeOf(sum)) return (other, bias);
        }

        return null;
    }
}
