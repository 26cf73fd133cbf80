namespace Thaw.Onnx.Traits;

/// <summary>Follows the positions of tokens from where they are counted to the table that they are looked up in.</summary>
internal static class PositionRules
{
    /// <summary>The positions that the node's first output holds; null if it holds others or none.</summary>
    public static Positions? Of(in NodeView node)
    {
        switch (node.Operator)
        {
            case "Range" when node.Scalar(0) is { } start && node.Scalar(2) is 1 && node[1].ConstantDims is null:
                return new Positions(start, Positions.Unlimited);
            case "CumSum" when node[0].Tokens == TokenUse.None:
                return new Positions(node.Integer("exclusive", 0) == 1 ? 0 : 1, Positions.Unlimited);
            case "NonZero" when node[0] is { Inputs: 0, ConstantDims: null }:
                return new Positions(0, Positions.Unlimited);
            case "Slice":
                return node.Has(2) && Counted(node, 0) is { } all && (node.Integers(1) ?? []).All(start => start == 0) ? all : null;
            case "Cast" or "Identity" or "Reshape" or "Unsqueeze" or "Squeeze" or "Flatten" or "Transpose" or "Expand" or "Tile":
                return node[0].Positions;
            case "Add":
                return Moved(node, 0, 1, 1) ?? Moved(node, 1, 0, 1);
            case "Sub":
                return Moved(node, 0, 1, -1);
            case "Mul":
                // By the mask, which makes the positions of padding 0.
                return node[0].Positions is { } left && node[1].Positions is null && node[1].ConstantDims is null ? left
                    : node[1].Positions is { } right && node[0].Positions is null && node[0].ConstantDims is null ? right : null;
            case "Where":
                return node[1].Positions ?? node[2].Positions;
            default:
                return null;
        }
    }

    /// <summary>The positions in an input: counted in the graph, or a constant that exporters cut to the length of the text.</summary>
    public static Positions? Counted(in NodeView node, int input)
    {
        if (node[input].Positions is { } positions) return positions;
        if (node.Integers(input) is not { Length: > 1 } elements) return null;
        for (int i = 1; i < elements.Length; i++)
        {
            if (elements[i] != elements[0] + i) return null;
        }

        return new Positions(elements[0], elements.Length);
    }

    /// <summary>The most tokens of a text when a table of embeddings itself is cut to its length; null if the node does not do that.</summary>
    public static long? RowsOfSlice(in NodeView node)
    {
        if (node.Operator != "Slice" || node[0].ConstantDims is not { } dims || node[0].Constant is null || node.Integers(0) is not null) return null;
        if (!node.Has(2) || node.Integers(2) is not null || node[2].Inputs != 0) return null;
        long axis = (node.Integers(3) ?? [0])[0];
        bool isTable = dims.Count == 2 && axis is 0 or -2;
        bool isBatchOfOne = dims.Count == 3 && dims[0] == 1 && axis is 1 or -2;
        return isTable ? dims[0] : isBatchOfOne ? dims[1] : null;
    }

    private static Positions? Moved(in NodeView node, int positions, int by, int sign)
    {
        if (node[positions].Positions is not { } counted) return null;
        return node.Scalar(by) is { } distance ? counted with { First = counted.First + (sign * distance) } : null;
    }
}
