namespace Thaw.Onnx.Traits;

/// <summary>
/// Where the tokens of a text are mixed with one another, and with padding unless a mask is part of it. What is not known to keep padding apart is
/// taken to mix it in: such a model gets texts of equal length, which is slower and always right.
/// </summary>
internal static class MixingRules
{
    private const ulong None = 0, All = ulong.MaxValue;

    /// <summary>The inputs that keep padding out of what the node computes; all if it mixes nothing.</summary>
    public static ulong Guards(in NodeView node, out TokenUse result)
    {
        result = TokenUse.None;
        bool isEach = false;
        ulong masking = 0;
        foreach (ValueTraits input in node.Inputs)
        {
            if (input.Tokens > result) result = input.Tokens;
            isEach |= input.Tokens == TokenUse.EachToken;
            masking |= input.Masking;
        }

        bool isForeign = node.Operator.Contains('.', StringComparison.Ordinal);
        if (result == TokenUse.None) return isForeign && masking != 0 ? None : All;
        ValueTraits tokens = node[0];
        switch (node.Operator)
        {
            case "Softmax" or "LogSoftmax":
                return isEach && IsAlongTokens(node.Integer("axis", -1)) ? tokens.Lowered : tokens.Masks;
            case var name when name.Contains("Attention", StringComparison.Ordinal):
                return masking;
        }

        if (!isEach) return All;
        result = TokenUse.EachToken;
        switch (node.Operator)
        {
            case "Shape" or "Size":
                result = TokenUse.None;
                return All;
            case "ReduceMean" or "ReduceSum" or "ReduceMax" or "ReduceMin" or "ReduceL1" or "ReduceL2" or "ReduceProd" or "ReduceSumSquare"
                or "ReduceLogSumExp" or "ReduceLogSum":
                if (node.Axes(1) is { } axes && !Array.Exists(axes, axis => IsAlongTokens(axis) || axis == 0)) return All;
                result = TokenUse.WholeText;
                return node.Operator switch
                {
                    // A mean divides by the number of all tokens.
                    "ReduceMean" or "ReduceProd" => None,
                    "ReduceMax" or "ReduceMin" or "ReduceLogSumExp" => tokens.Lowered,
                    _ => tokens.Zeroed,
                };
            // A sum over tokens: the mask, or numbers that do not know padding, times the tokens.
            case "MatMul" or "FusedMatMul" when node[1].Tokens == TokenUse.EachToken && node[0].Tokens == TokenUse.None:
                result = TokenUse.WholeText;
                return node[0].Inputs | node[1].Zeroed;
            case "Einsum":
                return Einsum(node, ref result);
            case "Gather" when tokens.Tokens == TokenUse.EachToken:
                if (node.Integer("axis", 0) is not (0 or 1 or -2)) return All;
                // Along axis 0 there may be queries, keys and values.
                if (IsAlongTokens(node.Integer("axis", 0)) && node[1].ConstantDims is null or { Count: <= 1 }) result = TokenUse.WholeText;
                return IsFromFront(node, 1);
            case "GatherND" or "GatherElements":
                result = TokenUse.WholeText;
                return node[1].Inputs != 0 ? All : None;
            case "Slice":
                return Slice(node, ref result);
            case "Conv":
                return node.Node.Attribute("kernel_shape") is { } kernel && kernel.Integers.All(size => size == 1) ? All : None;
            case "LSTM" or "GRU" or "RNN" or "AveragePool" or "MaxPool" or "LpPool" or "GlobalAveragePool" or "GlobalMaxPool" or "GlobalLpPool"
                or "InstanceNormalization" or "GroupNormalization" or "TopK" or "ReverseSequence" or "Scan" or "Loop" or "If" or "ConvTranspose" or "DFT"
                or "ConvInteger" or "QLinearConv":
                return None;
            default:
                // Another domain's operator, or a function of the model.
                return isForeign ? None : All;
        }
    }

    /// <summary>The inputs that make padding zero.</summary>
    public static ulong Zeroed(in NodeView node)
    {
        switch (node.Operator)
        {
            case "Mul" or "Where":
                return Masks(node) | node.Inputs.Aggregate(None, (set, input) => set | input.Zeroed);
            case "Add" or "Sub":
                return node.Inputs.Aggregate(All, (set, input) => set & input.Zeroed);
            case "Softmax":
                return node[0].Lowered;
            default:
                return KeepsElements(node) ? node[0].Zeroed : None;
        }
    }

    /// <summary>The inputs that make padding far lower than tokens.</summary>
    public static ulong Lowered(in NodeView node)
    {
        switch (node.Operator)
        {
            case "Mul" or "Add" or "Sub" or "Where":
                return (node.Operator == "Mul" ? None : Masks(node)) | node.Inputs.Aggregate(None, (set, input) => set | input.Lowered);
            default:
                return node.Operator == "Softmax" || KeepsElements(node) ? node[0].Lowered : None;
        }
    }

    private static ulong Masks(in NodeView node) => node.Inputs.Aggregate(None, (set, input) => input.IsMask ? set | input.Inputs : set);

    private static bool KeepsElements(in NodeView node) => node.Operator is "Cast" or "Identity" or "Reshape" or "Unsqueeze" or "Squeeze" or "Transpose";

    /// <summary>One operand of tokens whose second axis is not in the result is summed over them. Two are attention, which a softmax masks.</summary>
    private static ulong Einsum(in NodeView node, ref TokenUse result)
    {
        string[] sides = (node.Node.Attribute("equation")?.Text ?? "").Replace(" ", "", StringComparison.Ordinal).Split("->");
        string[] operands = sides[0].Split(',');
        if (sides.Length != 2 || operands.Length != node.Inputs.Count || sides[0].Contains('.', StringComparison.Ordinal)) return None;
        int[] tokens = [.. Indices(node).Where(i => operands[i].Length > 1)];
        if (tokens is not [var only] || sides[1].Contains(operands[only][1], StringComparison.Ordinal)) return All;
        result = TokenUse.WholeText;
        return Masks(node) | node[only].Zeroed;
    }

    private static List<int> Indices(in NodeView node)
    {
        List<int> indices = [];
        for (int i = 0; i < node.Inputs.Count; i++)
        {
            if (node[i].Tokens == TokenUse.EachToken) indices.Add(i);
        }

        return indices;
    }

    private static bool IsAlongTokens(long axis) => axis is 1 or -2;

    /// <summary>Whether it is a place that padding behind the text does not change, or one that is found out from the text's own content.</summary>
    private static ulong IsFromFront(in NodeView node, int indices) =>
        node[indices].Inputs != 0 || node.Integers(indices)?.All(index => index >= 0) == true ? All : None;

    private static ulong Slice(in NodeView node, ref TokenUse result)
    {
        if (!node.Has(1)) return None;
        if (node.Axes(3) is { } axes && !Array.Exists(axes, axis => axis == 0 || IsAlongTokens(axis))) return All;
        if (node.Integers(2) is [.., > 0 and < int.MaxValue] && node.Axes(3) is [1 or -2]) result = TokenUse.WholeText;
        return IsFromFront(node, 1);
    }
}
