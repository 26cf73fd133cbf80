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
                return isEach && IsAlongTokens(node.Integer("axis", -1)) ? tokens.MaskedNow : tokens.Masks;
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
                // A mean divides by the number of all tokens.
                return node.Operator == "ReduceMean" ? None : tokens.MaskedNow;
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

    /// <summary>The inputs that have just been applied to the tokens as a mask, so that a sum over them leaves padding out.</summary>
    public static ulong MaskedNow(in NodeView node)
    {
        switch (node.Operator)
        {
            case "Mul" or "Add" or "Sub" or "Where":
                ulong masks = 0, before = 0;
                foreach (ValueTraits input in node.Inputs)
                {
                    if (input.IsMask) masks |= input.Inputs;
                    before |= input.MaskedNow;
                }

                return masks | before;
            case "Cast" or "Identity" or "Reshape" or "Unsqueeze" or "Squeeze" or "Transpose" or "Softmax":
                return node[0].MaskedNow;
            default:
                return 0;
        }
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
