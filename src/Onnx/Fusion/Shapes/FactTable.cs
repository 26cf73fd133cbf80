using Thaw.Onnx.Format;

namespace Thaw.Onnx.Fusion.Shapes;

/// <summary>What is known about each value of a graph, by name.</summary>
/// <param name="opset">Version of ONNX's own operators.</param>
internal sealed class FactTable(long opset)
{
    // Far more than exporters use; without a limit a graph that adds one axis after another could take much time and memory.
    private const int HighestRank = 16;

    private readonly Dictionary<string, ValueFacts> _facts = [];
    private readonly Dictionary<int, (string Value, int Axis)> _anchors = [];

    public long Opset { get; } = opset;

    public Symbols Symbols { get; } = new();

    public ValueFacts? this[string name] => _facts.GetValueOrDefault(name);

    public void Set(string name, ValueFacts facts)
    {
        if (facts.Rank > HighestRank) facts = new ValueFacts { Type = facts.Type };
        _facts[name] = facts;
        for (int axis = 0; axis < facts.Rank; axis++)
        {
            int symbol = facts.Shape![axis].Symbol;
            if (symbol >= 0) _anchors.TryAdd(symbol, (name, axis));
        }
    }

    /// <summary>Finds the first value that has this symbol as a dimension.</summary>
    public bool TryFindAnchor(int symbol, out (string Value, int Axis) anchor) => _anchors.TryGetValue(symbol, out anchor);

    /// <summary>Facts about a node's input; null if nothing is known or the input is omitted.</summary>
    public ValueFacts? Input(OnnxNode node, int index) => index < node.Inputs.Count ? this[node.Inputs[index]] : null;

    public bool HasInput(OnnxNode node, int index) => index < node.Inputs.Count && node.Inputs[index].Length > 0;

    /// <summary>A list of integers that is an attribute in older opsets and an input in newer ones. Null if it is omitted or unknown;
    /// <paramref name="isOmitted"/> tells which.</summary>
    public long[]? IntegersOf(OnnxNode node, string attribute, int input, out bool isOmitted)
    {
        if (node.Attribute(attribute) is { } found)
        {
            isOmitted = false;
            return [.. found.Integers];
        }

        isOmitted = !HasInput(node, input);
        return isOmitted ? null : Input(node, input)?.ConstantIntegers;
    }
}
