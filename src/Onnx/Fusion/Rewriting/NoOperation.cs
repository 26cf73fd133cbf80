using Thaw.Onnx.Format;
using Thaw.Onnx.Fusion.Shapes;

namespace Thaw.Onnx.Fusion.Rewriting;

/// <summary>Finds nodes whose output is the same as their first input.</summary>
internal static class NoOperation
{
    public static bool IsOne(OnnxNode node, FactTable table)
    {
        if (node.Inputs.Count == 0 || table[node.Outputs[0]] is not { } output || table.Input(node, 0) is not { } input) return false;
        return node.OpType switch
        {
            "Identity" => true,
            "Dropout" => !Trains(node, table),
            "Cast" or "CastLike" => input.Type == output.Type && input.Type != TensorElementType.Undefined,
            "Expand" or "Reshape" => output.HasShapeOf(input),
            "Slice" => SliceRule.IsWhole(node, table),
            "Transpose" => input.Shape is not null && ReshapingRules.Permutation(node, input.Rank) is { } order
                && order.AsSpan().SequenceEqual([.. Enumerable.Range(0, order.Length)]),
            _ => false,
        };
    }

    // Since opset 12 an input says so, false if omitted; before that the operator has no training mode.
    private static bool Trains(OnnxNode node, FactTable table) => table.HasInput(node, 2) && table.Input(node, 2)?.SingleInteger is not 0;
}
