using Thaw.Onnx.Format;

namespace Thaw.Onnx.Preparing;

/// <summary>Who reads each initializer of a graph.</summary>
internal sealed class WeightReaders
{
    private readonly Dictionary<string, List<(int Node, int Input)>> _readers = [];
    private readonly HashSet<string> _elsewhere = [];

    /// <exception cref="ModelFormatException">A node is damaged.</exception>
    public WeightReaders(OnnxGraph graph)
    {
        foreach (OnnxTensor tensor in graph.Initializers) _readers.Add(tensor.Name, []);
        for (int node = 0; node < graph.Nodes.Count; node++)
        {
            for (int input = 0; input < graph.Nodes[node].Inputs.Count; input++)
            {
                if (!_readers.TryGetValue(graph.Nodes[node].Inputs[input], out List<(int, int)>? readers)) continue;
                if (readers.Count == 0) InOrder.Add(graph.Nodes[node].Inputs[input]);
                readers.Add((node, input));
            }

            AddSubgraphs(graph.Nodes[node]);
        }

        // An initializer that is an input too is only a default, in whose place a caller may give something else.
        foreach (OnnxValue value in graph.Inputs.Concat(graph.Outputs)) _elsewhere.Add(value.Name);
    }

    /// <summary>Names of the initializers that nodes read, in the order in which they first do.</summary>
    public List<string> InOrder { get; } = [];

    /// <summary>The nodes, by position, and their inputs that read an initializer; null where somebody else may read it, or replace it.</summary>
    public IReadOnlyList<(int Node, int Input)>? OnlyReaders(string initializer) => _elsewhere.Contains(initializer) ? null : _readers[initializer];

    /// <summary>A subgraph sees the values around it. What it defines under the same name counts as read, which only costs speed.</summary>
    private void AddSubgraphs(OnnxNode node)
    {
        foreach (OnnxAttribute attribute in node.Attributes)
        {
            foreach (ReadOnlyMemory<byte> graph in attribute.Graphs)
            {
                var reader = new FieldReader(graph);
                while (reader.Next())
                {
                    if (reader.Is(Fields.Graph.Output, WireType.Bytes)) _elsewhere.Add(OnnxValue.Parse(reader.Content).Name);
                    if (!reader.Is(Fields.Graph.Node, WireType.Bytes)) continue;
                    OnnxNode inner = OnnxNode.Parse(reader.Content);
                    _elsewhere.UnionWith(inner.Inputs);
                    AddSubgraphs(inner);
                }
            }
        }
    }
}
