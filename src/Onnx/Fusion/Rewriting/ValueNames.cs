using Thaw.Onnx.Format;

namespace Thaw.Onnx.Fusion.Rewriting;

/// <summary>The names of the values of a graph, to find new ones.</summary>
internal sealed class ValueNames(OnnxGraph graph)
{
    private readonly HashSet<string> _names =
        [.. graph.Initializers.Select(tensor => tensor.Name), .. graph.Inputs.Select(input => input.Name), .. graph.Nodes.SelectMany(node => node.Outputs)];

    /// <summary>Takes a name: this one, or with underscores after it if it is in use.</summary>
    public string New(string name)
    {
        while (!_names.Add(name)) name += "_";
        return name;
    }
}
