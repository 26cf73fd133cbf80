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
        if (_visits-- <= 0) return OutputFunction.Unknown;
        if (Producer(value) is not { } node || node.Inputs.Count == 0) return OutputFunction.None;
        switch (node.OpType)
        {
            case "Identity" or "Cast" or "Reshape" or "Squeeze" or "Unsqueeze" or "Flatten" or "Dropout" or "QuantizeLinear" or "DequantizeLinear":
                return FunctionOf(node.Inputs[0]);
            case "Sigmoid" or "QLinearSigmoid":
                return OutputFunction.Sigmoid;
            case "Softmax" or "QLinearSoftmax" or "BiasSoftmax":
                return IsAlongTexts(node) ? OutputFunction.AcrossTexts : OutputFunction.Softmax;
            case "LogSoftmax":
                return IsAlongTexts(node) ? OutputFunction.AcrossTexts : OutputFunction.LogSoftmax;
            case "HardSigmoid":
                return OutputFunction.OfProbabilities;
            case "FusedGemm" when node.Attribute("activation")?.Text is "Sigmoid" or "HardSigmoid":
                return OutputFunction.Sigmoid;
            case "Log" when FunctionOf(node.Inputs[0]) is var inner and not OutputFunction.None:
                return inner switch
                {
                    OutputFunction.Softmax => OutputFunction.LogSoftmax,
                    OutputFunction.AcrossTexts or OutputFunction.Unknown => inner,
                    _ => OutputFunction.OfProbabilities,
                };
            case "Exp" when FunctionOf(node.Inputs[0]) == OutputFunction.LogSoftmax:
                return OutputFunction.Softmax;
            case "Reciprocal" when IsOnePlusExponential(node.Inputs[0]):
                return OutputFunction.Sigmoid;
            case "Div" when Producer(node.Inputs[0]) is null or { OpType: "Constant" } && IsOnePlusExponential(node.Inputs[1]):
                return OutputFunction.Sigmoid;
            case "Div" when IsExponential(node.Inputs[0]) && Producer(node.Inputs[1]) is { OpType: "ReduceSum" } sum && sum.Inputs[0] == node.Inputs[0]:
                return OutputFunction.Softmax;
            case "Slice" or "Gather" or "GatherElements" or "GatherND" or "Concat" or "Split" or "Clip" or "Min" or "Max" or "Round" or "Add" or "Sub"
                or "Mul" or "Div" or "Mean" or "Sum" or "ReduceMax" or "ReduceMean" or "ReduceSum" or "Transpose" or "Neg" or "Abs" or "Pow" or "Sqrt":
                return Computed(node.Inputs);
            case "Where":
                return Computed(node.Inputs.Skip(1));
            case "If":
                int output = node.Outputs.ToList().IndexOf(value);
                OutputFunction[] branches = [.. node.Attributes.SelectMany(attribute => attribute.Graphs).Select(graph => OfBranch(graph, output)).Distinct()];
                return branches is [var only] ? only : OutputFunction.Unknown;
            default:
                bool isKnown = node.IsStandard || node.Domain == Fusion.Rewriting.FusionGraph.Microsoft;
                return isKnown && node.Attributes.All(attribute => attribute.Graphs.Count == 0) ? OutputFunction.None : OutputFunction.Unknown;
        }
    }

    private static bool IsAlongTexts(OnnxNode node) => node.Attribute("axis")?.Integer is 0 or -2;

    /// <summary>What a node makes that computes from probabilities and constants alone: a product with other values, such as attention, makes no
    /// scores.</summary>
    private OutputFunction Computed(IEnumerable<string> inputs)
    {
        var result = OutputFunction.None;
        foreach (string input in inputs.Distinct().Where(input => Producer(input) is not (null or { OpType: "Constant" })))
        {
            OutputFunction function = FunctionOf(input);
            if (function is OutputFunction.None or OutputFunction.LogSoftmax) return OutputFunction.None;
            result = function is OutputFunction.AcrossTexts or OutputFunction.Unknown || result is OutputFunction.None ? function : result;
        }

        return result is OutputFunction.Softmax or OutputFunction.Sigmoid ? OutputFunction.OfProbabilities : result;
    }

    /// <summary>The function of an output of a branch, which may be a value of the graph around it.</summary>
    private OutputFunction OfBranch(ReadOnlyMemory<byte> branch, int output)
    {
        List<OnnxNode> inner = [.. nodes];
        List<string> outputs = [];
        var reader = new FieldReader(branch);
        while (reader.Next())
        {
            if (reader.Is(Fields.Graph.Node, WireType.Bytes)) inner.Add(OnnxNode.Parse(reader.Content));
            if (reader.Is(Fields.Graph.Output, WireType.Bytes)) outputs.Add(OnnxValue.Parse(reader.Content).Name);
        }

        return (uint)output < (uint)outputs.Count && _visits > 0
            ? new GraphEnd(inner) { _visits = _visits / 2 }.FunctionOf(outputs[output])
            : OutputFunction.Unknown;
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
