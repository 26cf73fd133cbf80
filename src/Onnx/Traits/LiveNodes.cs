using Thaw.Onnx.Format;
using Thaw.Onnx.Fusion.Rewriting;

namespace Thaw.Onnx.Traits;

/// <summary>The nodes that an output needs.</summary>
internal static class LiveNodes
{
    /// <summary>In order. If nodes contain graphs, all of them: these read values of the graph around them.</summary>
    public static List<OnnxNode> Of(OnnxGraph graph) => graph.Nodes.Exists(node => node.Attributes.Any(attribute => attribute.Graphs.Count > 0))
        ? graph.Nodes
        : DeadNodes.Remove(graph.Nodes, graph.Outputs.Select(output => output.Name).ToHashSet());

    /// <summary>Names of the values that the graphs in a node read, their own among them.</summary>
    /// <exception cref="ModelFormatException">One of them is damaged.</exception>
    public static IEnumerable<string> ReadInside(OnnxNode node)
    {
        foreach (ReadOnlyMemory<byte> graph in node.Attributes.SelectMany(attribute => attribute.Graphs))
        {
            var reader = new FieldReader(graph);
            List<string> names = [];
            while (reader.Next())
            {
                if (reader.Is(Fields.Graph.Output, WireType.Bytes)) names.Add(OnnxValue.Parse(reader.Content).Name);
                if (!reader.Is(Fields.Graph.Node, WireType.Bytes)) continue;
                OnnxNode inner = OnnxNode.Parse(reader.Content);
                names.AddRange(inner.Inputs.Concat(ReadInside(inner)));
            }

            foreach (string name in names) yield return name;
        }
    }
}
