using Thaw.Onnx.Format;

namespace Thaw.Onnx.Traits;

/// <summary>Finds out which function a graph's output ends in, from the last nodes.</summary>
/// <param name="nodes">Sorted so that each comes after those whose outputs it reads.</param>
internal sealed class GraphEnd(IReadOnlyList<OnnxNode> nodes)
{
    // What follows the function in a graph is a few nodes. A graph made to have many paths must not take long.
    private int _visits = 64;

    public OutputFunction FunctionOf(string value)
    {
        if (_visits-- == 0 || Producer(value) is not { } node || node.Inputs.Count == 0) return OutputFunction.None;
        switch (node.OpType)
        {
            case "Identity" or "Cast" or "Reshape" or "Squeeze" or "Unsqueeze" or "Flatten" or "Dropout" or "QuantizeLinear" or "DequantizeLinear":
                return FunctionOf(node.Inputs[0]);
            case "Sigmoid" or "QLinearSigmoid":
                return OutputFunction.Sigmoid;
            case "Softmax" or "QLinearSoftmax":
                return node.Attribute("axis")?.Integer == 0 ? OutputFunction.AcrossTexts : OutputFunction.Softmax;
            case "LogSoftmax":
                return node.Attribute("axis")?.Integer == 0 ? OutputFunction.AcrossTexts : OutputFunction.LogSoftmax;
            case "Log" when FunctionOf(node.Inputs[0]) == OutputFunction.Softmax:
                return OutputFunction.LogSoftmax;
            case "Exp" when FunctionOf(node.Inputs[0]) == OutputFunction.LogSoftmax:
                return OutputFunction.Softmax;
            case "Reciprocal" when IsOnePlusExponential(node.Inputs[0]):
                return OutputFunction.Sigmoid;
            case "Div" when Producer(node.Inputs[0]) is null or { OpType: "Constant" } && IsOnePlusExponential(node.Inputs[1]):
                return OutputFunction.Sigmoid;
            case "Div" when IsExponential(node.Inputs[0]) && Producer(node.Inputs[1]) is { OpType: "ReduceSum" } sum && sum.Inputs[0] == node.Inputs[0]:
                return OutputFunction.Softmax;
            case "Slice" or "Gather" or "GatherElements" or "GatherND" or "Concat" or "Split" or "Clip" or "Min" or "Max" or "Round" or "Add" or "Sub"
                or "Mul" or "Div" or "Mean" or "Sum" or "ReduceMax" or "ReduceMean" or "ReduceSum" or "Transpose":
                return AreProbabilities(node) ? OutputFunction.OfProbabilities : OutputFunction.None;
            default:
                return OutputFunction.None;
        }
    }

    /// <summary>Whether a node computes from probabilities and constants alone: a product with other values, such as attention, makes no scores.</summary>
    private bool AreProbabilities(OnnxNode node)
    {
        string[] computed = [.. node.Inputs.Where(input => Producer(input) is not (null or { OpType: "Constant" }))];
        return computed.Length > 0 && Array.TrueForAll(
            computed, input => FunctionOf(input) is OutputFunction.Softmax or OutputFunction.Sigmoid or OutputFunction.OfProbabilities);
    }

    private bool IsExponential(string value) => Producer(value) is { OpType: "Exp" };

    private bool IsOnePlusExponential(string value) => Producer(value) is { OpType: "Add" } sum && sum.Inputs.Any(IsExponential);

    /// <summary>The node that makes a value; null for inputs and initializers.</summary>
    private OnnxNode? Producer(string value)
    {
        for (int i = nodes.Count - 1; i >= 0; i--)
        {
            if (nodes[i].Outputs.Contains(value)) return nodes[i];
        }

        return null;
    }
}
