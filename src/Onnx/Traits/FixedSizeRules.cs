namespace Thaw.Onnx.Traits;

/// <summary>Finds constants in a graph that could be a number of texts or tokens. Ordinary exporters compute these from shapes.</summary>
internal static class FixedSizeRules
{
    /// <summary>The numbers in the node; null if it works with any number of texts and tokens.</summary>
    public static FixedSize? Of(in NodeView node)
    {
        if (node[0].ConstantDims is not null && node[1].ConstantDims is not null) return null;
        switch (node.Operator)
        {
            // Such as [1, 128, 12, 64], where others have [0, 0, 12, 64].
            case "Reshape" when node.Integers(1) is [var rows, var columns, _, ..] && (rows > 0 || columns > 0) && node[0].Inputs != 0:
                return Size(rows, columns);
            case "Reshape" when node.Integers(1) is [> 0 and var rows, _] && node[0].Inputs != 0:
                return Size(rows, 0);
            case "Expand" when node.Integers(1) is [.., var rows, var columns] shape && rows > 1 && columns > 1 && node[0].Inputs != 0:
                return Size(shape.Length > 2 ? shape[0] : 0, columns);
            case "Slice" when node[0].Input >= 0 && node.Integers(2) is [.., > 1 and < int.MaxValue and var end]:
                return Size(0, end);
            case "Add" or "Sub" or "Mul" or "Div" or "Where" or "And" or "Or":
                foreach (ValueTraits operand in node.Inputs)
                {
                    if (operand.ConstantDims is [.., > 1 and var columns, _] dims && node.Inputs.Any(other => other.Inputs != 0))
                        return Size(dims.Count > 2 ? dims[0] : 0, columns);
                }

                return null;
            default:
                return null;
        }

        static FixedSize? Size(long rows, long columns)
        {
            int? Fit(long size) => size is > 0 and <= int.MaxValue ? (int)size : null;
            return new FixedSize(Fit(rows), Fit(columns));
        }
    }

    /// <summary>The dimensions of a node's first output if it is the same in every run; null if it is not, or they are not known.</summary>
    public static IReadOnlyList<long>? ConstantDims(in NodeView node)
    {
        switch (node.Operator)
        {
            case "Cast" or "Identity" or "DequantizeLinear":
                return node[0].ConstantDims;
            case "ConstantOfShape":
                return node.Integers(0);
            case "Expand" when node[0].ConstantDims is { } before && node.Integers(1) is { } shape && shape.Length >= before.Count:
                return [.. shape.Select((size, i) => size > 1 || i < shape.Length - before.Count ? size : before[i - shape.Length + before.Count])];
            case "Unsqueeze" when node[0].ConstantDims is { } before && node.Axes(1) is [>= 0 and var axis] && axis <= before.Count:
                return [.. before.Take((int)axis), 1, .. before.Skip((int)axis)];
            case "Slice" when node[0].ConstantDims is { } before && node.Integers(1) is [>= 0 and var first] && node.Integers(2) is [> 0 and var end]
                && node.Axes(3) is [var axis] && (axis < 0 ? axis + before.Count : axis) is >= 0 and var at && at < before.Count:
                return [.. before.Select((size, i) => i == at ? Math.Max(0, Math.Min(size, end) - first) : size)];
            case "Gather" when node.Integer("axis", 0) == 0 && node[0].ConstantDims is { } table && node[1].ConstantDims is { } indices:
                return [.. indices, .. table.Skip(1)];
            case "Add" or "Sub" or "Mul" or "Div" when node[0].ConstantDims is { } left && node[1].ConstantDims is { } right:
                return left.Count >= right.Count ? left : right;
            default:
                return null;
        }
    }
}
