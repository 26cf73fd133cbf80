using Thaw.Onnx.Format;

namespace Thaw.Onnx.Fusion.Shapes;

/// <summary>What is known of each value of a graph, by name.</summary>
/// <param name="opset">Version of ONNX's own operators.</param>
internal sealed class FactTable(long opset)
{
    // No exporter comes near; a graph that grew one axis by axis would cost time and memory.
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

    /// <summary>The first value that has this symbol as a dimension, where one has.</summary>
    public bool TryFindAnchor(int symbol, out (string Value, int Axis) anchor) => _anchors.TryGetValue(symbol, out anchor);

    /// <summary>Facts of a node's input; null when nothing is known or the input is left out.</summary>
    public ValueFacts? Input(OnnxNode node, int index) => index < node.Inputs.Count ? this[node.Inputs[index]] : null;

    public bool HasInput(OnnxNode node, int index) => index < node.Inputs.Count && node.Inputs[index].Length > 0;

    /// <summary>A list of integers that is an attribute up to some opset and an input from then on. Null when it is left out or unknown;
    /// <paramref name="isLeftOut"/> tells which.</summary>
    public long[]? IntegersOf(OnnxNode node, string attribute, int input, out bool isLeftOut)
    {
        if (node.Attribute(attribute) is { } found)
        {
            isLeftOut = false;
            return [.. found.Integers];
        }

        isLeftOut = !HasInput(node, input);
        return isLeftOut ? null : Input(node, input)?.ConstantIntegers;
    }
}
