using Thaw.Onnx.Format;
using Thaw.Onnx.Fusion.Rewriting;
using Thaw.Onnx.Fusion.Shapes;

namespace Thaw.Onnx.Fusion.Patterns;

/// <summary>LayerNormalization: (x - mean) / sqrt(variance + epsilon) * scale + shift. It is an operator since opset 17, but ONNX Runtime accepts it
/// in graphs of any opset.</summary>
internal static class LayerNormMatcher
{
    /// <returns>How many it fused.</returns>
    public static int Apply(FusionGraph graph) => graph.FuseEach(node => TryFuse(graph, node), "Sqrt");

    private static bool TryFuse(FusionGraph graph, OnnxNode root)
    {
        if (graph.Producer(root.Outputs[0], "Sqrt") is null || graph.Producer(root.Inputs[0], "Add") is not { } safe) return false;
        if (Operands.WithNumber(graph, safe) is not { Number: > 0 } variance) return false;
        if (graph.Producer(variance.Value, "ReduceMean") is not { } meanOfSquares) return false;
        if (graph.Producer(meanOfSquares.Inputs[0], "Pow", "Mul") is not { } square || !IsSquare(graph, square)) return false;
        string centred = square.Inputs[0];
        if (graph.Producer(centred, "Sub") is not { } subtract || graph.Producer(subtract.Inputs[1], "ReduceMean") is not { } mean) return false;
        string x = subtract.Inputs[0];
        if (mean.Inputs[0] != x || graph.Facts[x] is not { Type: TensorElementType.Float32, Rank: > 0 } facts) return false;
        Dim size = facts.Shape![^1];
        if (size is not { IsConstant: true, Factor: > 1 } || !IsOverLastAxis(graph, mean, facts) || !IsOverLastAxis(graph, meanOfSquares, facts)) return false;
        if (!graph.Facts[safe.Outputs[0]]!.HasShapeOf(graph.Facts[variance.Value]!)) return false;

        if (Divide(graph, root, square) is not { } divide) return false;
        if (graph.OnlyConsumer(divide.Outputs[0], "Mul") is not { } scaling) return false;
        if (Operands.Other(scaling, divide.Outputs[0]) is not { } scale || !graph.IsVector(scale, size)) return false;
        if (!graph.IsReadOnlyBy(mean.Outputs[0], subtract) || !graph.IsReadOnlyBy(square.Outputs[0], meanOfSquares)) return false;
        if (!graph.IsReadOnlyBy(meanOfSquares.Outputs[0], safe) || !graph.IsReadOnlyBy(safe.Outputs[0], root)) return false;

        // The shift is optional.
        string result = scaling.Outputs[0];
        string? shift = null;
        if (graph.OnlyConsumer(result, "Add") is { } add && Operands.Other(add, result) is { } vector && graph.IsVector(vector, size))
            (result, shift) = (add.Outputs[0], vector);
        if (graph.Facts[result] is not { } output || !output.HasShapeOf(facts)) return false;
        graph.Replace(result, new OnnxNode
        {
            Name = scaling.Name, OpType = "LayerNormalization", Inputs = shift is null ? [x, scale] : [x, scale, shift], Outputs = [result],
            Attributes = [OnnxAttribute.Of("axis", -1L), OnnxAttribute.Of("epsilon", variance.Number)],
        });
        return true;
    }

    private static bool IsSquare(FusionGraph graph, OnnxNode node)
    {
        if (node.Inputs.Count != 2) return false;
        if (node.OpType == "Mul") return node.Inputs[0] == node.Inputs[1];
        return graph.Facts[node.Inputs[1]]?.Number is 2
            && graph.Facts[node.Outputs[0]] is { } square && graph.Facts[node.Inputs[0]] is { } input && square.HasShapeOf(input);
    }

    // It may also reduce axes of length 1, which changes nothing.
    private static bool IsOverLastAxis(FusionGraph graph, OnnxNode mean, ValueFacts input) =>
        graph.Facts[mean.Outputs[0]]?.Shape is { } shape && shape.Length == input.Rank
            && shape[^1].Is(1) && shape.AsSpan(..^1).SequenceEqual(input.Shape.AsSpan(..^1));

    /// <summary>The node that divides the centred values by the deviation; null if there is none, or if something else reads either of them.</summary>
    private static OnnxNode? Divide(FusionGraph graph, OnnxNode root, OnnxNode square)
    {
        string centred = square.Inputs[0];
        OnnxNode? divide = graph.OnlyConsumer(root.Outputs[0], "Div", "Reciprocal");
        if (divide is { OpType: "Div" } && divide.Inputs[1] != root.Outputs[0]) return null;
        if (divide is { OpType: "Reciprocal" })
        {
            divide = graph.OnlyConsumer(divide.Outputs[0], "Mul");
            if (divide is null || Operands.Other(divide, centred) is null) return null;
        }

        if (divide is null || !divide.Inputs.Contains(centred)) return null;
        return graph.IsReadOnlyBy(centred, square, divide) ? divide : null;
    }
}
