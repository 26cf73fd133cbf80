using Thaw.Onnx.Format;

namespace Thaw.Onnx.Fusion.Shapes;

/// <summary>Follows small vectors and scalars of integers through the arithmetic on shapes that exporters write.</summary>
internal static class IntegerRules
{
    // In elements, as for constants (ConstantFacts).
    private const int Longest = 16;

    /// <summary>The elements of the node's first output; null if they are not known.</summary>
    public static Dim[]? Infer(OnnxNode node, FactTable table, Dim[] shape)
    {
        if (Length(shape) is not { } length) return null;
        ValueFacts? first = table.Input(node, 0);
        Dim[]? integers = node.OpType switch
        {
            "Shape" when first?.Shape is { } of => Part(of, ReshapingRules.RangeOfShape(node, of.Length)),
            "Size" when first?.Shape is { } of => ReshapingRules.Product(of) is { } product ? [product] : null,
            "Identity" or "Reshape" or "Unsqueeze" or "Squeeze" or "Expand" when first?.Integers?.Length == length => first.Integers,
            "Cast" => Cast(first, (TensorElementType)(node.Attribute("to")?.Integer ?? 0), table.Symbols),
            "Gather" => Gather(first, table.Input(node, 1)),
            "Slice" when first is { Rank: 1, Integers: { } vector } => SliceRule.Elements(node, table, vector),
            "Concat" => Concat(node, table),
            "ConstantOfShape" => Repeat(node, length),
            "Add" or "Sub" or "Mul" or "Div" or "Equal" when first is not null && IsInteger(first.Type) => Binary(node, table, length),
            "Where" => Where(node, table, length),
            _ => null,
        };
        return integers?.Length == length ? integers : null;
    }

    private static int? Length(Dim[] shape) => shape switch
    {
        [] => 1,
        [{ IsConstant: true, Factor: <= Longest and >= 0 } only] => (int)only.Factor,
        _ => null,
    };

    private static bool IsInteger(TensorElementType type) => type is TensorElementType.Int64 or TensorElementType.Int32 or TensorElementType.Bool;

    private static Dim[] Part(Dim[] shape, (int Start, int Length) range) => shape[range.Start..(range.Start + range.Length)];

    private static Dim[]? Cast(ValueFacts? input, TensorElementType to, Symbols symbols)
    {
        if (input?.Integers is not { } integers || !IsInteger(input.Type) || !IsInteger(to)) return null;
        if (to != TensorElementType.Bool) return Array.TrueForAll(integers, IsKept) ? integers : null;
        return Array.TrueForAll(integers, dim => dim.IsConstant) ? Array.ConvertAll(integers, dim => Dim.Of(dim.Factor == 0 ? 0 : 1)) : null;

        // An unknown dimension fits into 32 bits: no tensor here has 2^31 elements.
        bool IsKept(Dim dim) => dim.IsConstant ? to == TensorElementType.Int64 || dim.Factor == (int)dim.Factor : symbols.IsNotNegative(dim);
    }

    private static Dim[]? Gather(ValueFacts? data, ValueFacts? indices)
    {
        if (data is not { Rank: 1, Integers: { } vector } || indices?.ConstantIntegers is not { } wanted) return null;
        var picked = new Dim[wanted.Length];
        for (int i = 0; i < wanted.Length; i++)
        {
            if (ReshapingRules.Normalize(wanted[i], vector.Length) is not { } index) return null;
            picked[i] = vector[index];
        }

        return picked;
    }

    private static Dim[]? Concat(OnnxNode node, FactTable table)
    {
        List<Dim> joined = [];
        for (int i = 0; i < node.Inputs.Count; i++)
        {
            if (table.Input(node, i) is not { Rank: 1, Integers: { } part }) return null;
            joined.AddRange(part);
        }

        return [.. joined];
    }

    private static Dim[]? Repeat(OnnxNode node, int length)
    {
        if (node.Attribute("value")?.Tensor is not { } tensor || ConstantFacts.Integers(tensor) is not [var value]) return null;
        return [.. Enumerable.Repeat(value, length)];
    }

    private static Dim[]? Binary(OnnxNode node, FactTable table, int length)
    {
        if (table.Input(node, 0)?.Integers is not { } left || table.Input(node, 1)?.Integers is not { } right) return null;
        var result = new Dim[length];
        for (int i = 0; i < length; i++)
        {
            if (Element(left, i, length) is not { } a || Element(right, i, length) is not { } b) return null;
            if (Compute(node.OpType, a, b, table.Symbols) is not { } value) return null;
            result[i] = value;
        }

        return result;
    }

    private static Dim? Element(Dim[] operand, int index, int length) =>
        operand.Length == length ? operand[index] : operand.Length == 1 ? operand[0] : null;

    private static Dim? Compute(string operation, Dim left, Dim right, Symbols symbols)
    {
        bool isConstant = left.IsConstant && right.IsConstant;
        switch (operation)
        {
            case "Equal":
                if (left.Equals(right)) return Dim.One;
                bool isLess = symbols.IsNegative(left) && symbols.IsNotNegative(right), isMore = symbols.IsNotNegative(left) && symbols.IsNegative(right);
                return isConstant || isLess || isMore ? Dim.Of(0) : null;
            case "Mul":
                return Dim.Multiply(left, right);
            case "Div" when isConstant:
                return right.Factor is 0 or -1 ? null : Dim.Of(left.Factor / right.Factor);
            case "Div":
                return Dim.Divide(left, right) ?? symbols.Compute(operation, left, right, symbols.IsNotNegative(left) && symbols.IsNotNegative(right));
            case "Add" when left.Is(0):
                return right;
            case "Add" or "Sub" when right.Is(0):
                return left;
            case "Add" or "Sub" when isConstant:
                Int128 sum = operation == "Add" ? (Int128)left.Factor + right.Factor : (Int128)left.Factor - right.Factor;
                return sum >= int.MinValue && sum <= int.MaxValue ? Dim.Of((long)sum) : null;
            default:
                return symbols.Compute(operation, left, right, operation == "Add" && symbols.IsNotNegative(left) && symbols.IsNotNegative(right));
        }
    }

    private static Dim[]? Where(OnnxNode node, FactTable table, int length)
    {
        if (table.Input(node, 0)?.ConstantIntegers is not { } condition || (condition.Length != length && condition.Length != 1)) return null;
        if (table.Input(node, 1)?.Integers is not { } whenTrue || table.Input(node, 2)?.Integers is not { } whenFalse) return null;
        var result = new Dim[length];
        for (int i = 0; i < length; i++)
        {
            bool isTrue = condition[condition.Length == 1 ? 0 : i] != 0;
            if (Element(isTrue ? whenTrue : whenFalse, i, length) is not { } value) return null;
            result[i] = value;
        }

        return result;
    }
}
