using Thaw.Onnx.Format;

namespace Thaw.Onnx.Fusion.Shapes;

/// <summary>Follows single constant numbers through the arithmetic that exporters write, such as 1 / sqrt(head size).</summary>
internal static class NumberRules
{
    /// <summary>The value of the node's first output; null if it is not a single known number.</summary>
    public static float? Infer(OnnxNode node, FactTable table)
    {
        ValueFacts? first = table.Input(node, 0);
        float? left = first?.Number, right = table.Input(node, 1)?.Number;
        return node.OpType switch
        {
            "Cast" or "CastLike" when first?.Type is TensorElementType.Int64 or TensorElementType.Int32 => first.SingleInteger is { } integer ? integer : null,
            "Cast" or "CastLike" when first?.Type == TensorElementType.Float32 => left,
            "Identity" or "Unsqueeze" or "Squeeze" or "Reshape" => left,
            "Sqrt" => left is { } x ? MathF.Sqrt(x) : null,
            "Reciprocal" => left is { } x ? 1 / x : null,
            "Mul" => left * right,
            "Div" => left / right,
            "Add" => left + right,
            "Sub" => left - right,
            _ => null,
        };
    }
}
