using Thaw.Onnx.Format;

namespace Thaw.Onnx.Fusion.Shapes;

/// <summary>Infers facts about a node's outputs from facts about its inputs: type, shape, and the elements of small tensors of integers, such as
/// shapes. It infers nothing for operators that are not listed here.</summary>
internal static class ShapeInference
{
    /// <summary>Adds the facts of the node's outputs to the table.</summary>
    public static void Add(OnnxNode node, FactTable table)
    {
        if (!node.IsStandard || node.Outputs.Count == 0 || node.Outputs[0].Length == 0) return;
        if (Infer(node, table) is not { } facts) return;
        if (facts.Shape is { } shape && IntegerRules.Infer(node, table, shape) is { } integers) facts = facts with { Integers = integers };
        if (NumberRules.Infer(node, table) is { } number && facts.Type == TensorElementType.Float32) facts = facts with { Number = number };
        table.Set(node.Outputs[0], facts);
        if (node.OpType != "DynamicQuantizeLinear") return;
        if (node.Outputs.Count > 1) table.Set(node.Outputs[1], new ValueFacts { Type = TensorElementType.Float32, Shape = [] });
        if (node.Outputs.Count > 2) table.Set(node.Outputs[2], new ValueFacts { Type = TensorElementType.UInt8, Shape = [] });
    }

    private static ValueFacts? Infer(OnnxNode node, FactTable table)
    {
        ValueFacts? first = table.Input(node, 0);
        switch (node.OpType)
        {
            case "Abs" or "Ceil" or "Clip" or "CumSum" or "Dropout" or "Elu" or "Erf" or "Exp" or "Floor" or "Gelu" or "Identity" or "LayerNormalization"
                or "LeakyRelu" or "Log" or "LogSoftmax" or "Neg" or "Not" or "Reciprocal" or "Relu" or "Round" or "ScatterElements" or "ScatterND"
                or "Sigmoid" or "Sign" or "Softmax" or "Softplus" or "Sqrt" or "Tanh" or "Trilu":
                return first is null ? null : new ValueFacts { Type = first.Type, Shape = first.Shape };
            case "IsNaN" or "IsInf":
                return first is null ? null : new ValueFacts { Type = TensorElementType.Bool, Shape = first.Shape };
            case "Cast":
                return node.Attribute("to") is { } to ? new ValueFacts { Type = (TensorElementType)to.Integer, Shape = first?.Shape } : null;
            case "CastLike" or "DequantizeLinear":
                return table.Input(node, 1) is { } like ? new ValueFacts { Type = like.Type, Shape = first?.Shape } : null;
            case "DynamicQuantizeLinear":
                return new ValueFacts { Type = TensorElementType.UInt8, Shape = first?.Shape };
            case "Add" or "Sub" or "Mul" or "Div" or "Mod" or "Min" or "Max" or "Pow":
                return Broadcast(first?.Type ?? TensorElementType.Undefined, node, table);
            case "Equal" or "Less" or "LessOrEqual" or "Greater" or "GreaterOrEqual" or "And" or "Or" or "Xor":
                return Broadcast(TensorElementType.Bool, node, table);
            case "Where":
                return Broadcast(table.Input(node, 1)?.Type ?? table.Input(node, 2)?.Type ?? TensorElementType.Undefined, node, table);
            case "Shape":
                return new ValueFacts { Type = TensorElementType.Int64, Shape = ReshapingRules.ShapeOfShape(node, first) };
            case "Size":
                return new ValueFacts { Type = TensorElementType.Int64, Shape = [] };
            case "ConstantOfShape":
                return ConstantOfShape(node, first);
            case "Range":
                return first is null ? null : new ValueFacts { Type = first.Type, Shape = [RangeLength(node, table)] };
            default:
                return first is null ? null : ReshapingRules.Infer(node, table, first);
        }
    }

    private static ValueFacts? Broadcast(TensorElementType type, OnnxNode node, FactTable table)
    {
        Dim[]? shape = [];
        for (int i = 0; i < node.Inputs.Count && shape is not null; i++) shape = Broadcast(shape, table.Input(node, i)?.Shape, table.Symbols);
        return shape is null && type == TensorElementType.Undefined ? null : new ValueFacts { Type = type, Shape = shape };
    }

    /// <summary>The shape of two operands broadcast together; null if one of them is unknown.</summary>
    public static Dim[]? Broadcast(Dim[]? left, Dim[]? right, Symbols symbols)
    {
        if (left is null || right is null) return null;
        var shape = new Dim[Math.Max(left.Length, right.Length)];
        for (int i = 1; i <= shape.Length; i++)
        {
            Dim ofLeft = i <= left.Length ? left[^i] : Dim.One, ofRight = i <= right.Length ? right[^i] : Dim.One;
            shape[^i] = symbols.Broadcast(ofLeft, ofRight);
        }

        return shape;
    }

    private static Dim RangeLength(OnnxNode node, FactTable table)
    {
        bool counts = table.Input(node, 0)?.SingleInteger is 0 && table.Input(node, 2)?.SingleInteger is 1;
        return counts && table.Input(node, 1)?.Integers is [var limit] && table.Symbols.IsNotNegative(limit) ? limit : table.Symbols.Fresh(isSize: true);
    }

    private static ValueFacts? ConstantOfShape(OnnxNode node, ValueFacts? shape)
    {
        if (node.Attribute("value") is { } value && value.Tensor is null) return null;
        return new ValueFacts { Type = node.Attribute("value")?.Tensor?.ElementType ?? TensorElementType.Float32, Shape = shape?.Integers };
    }
}
