using Thaw.Onnx.Format;

namespace Thaw.Onnx.Preparing;

/// <summary>Which nodes read each initializer of a graph.</summary>
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

        // An initializer that is also an input is only a default value, which a caller may replace.
        foreach (OnnxValue value in graph.Inputs.Concat(graph.Outputs)) _elsewhere.Add(value.Name);
    }

    /// <summary>Names of the initializers that nodes read, in the order of the first read.</summary>
    public List<string> InOrder { get; } = [];

    /// <summary>The nodes, by position, and the inputs that read an initializer; null if something else may read or replace it.</summary>
    public IReadOnlyList<(int Node, int Input)>? OnlyReaders(string initializer) => _elsewhere.Contains(initializer) ? null : _readers[initializer];

    /// <summary>A subgraph can read the values of the graph around it. If it defines a value of the same name itself, the initializer still counts as
    /// read, which only costs speed.</summary>
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
