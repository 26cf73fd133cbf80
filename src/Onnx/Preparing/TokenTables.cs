using Thaw.Onnx.Format;
using Thaw.Onnx.Fusion.Rewriting;

namespace Thaw.Onnx.Preparing;

/// <summary>Finds the embeddings that a graph looks its inputs up in.</summary>
internal sealed class TokenTables
{
    // What stands between an input and the lookup, and leaves each id what it is.
    private static readonly string[] PassesOn = ["Cast", "Identity", "Reshape", "Unsqueeze", "Squeeze", "Flatten"];

    private readonly Dictionary<string, long> _rows = [];

    /// <param name="graph">Before its nodes are rewritten.</param>
    public TokenTables(OnnxGraph graph)
    {
        Dictionary<string, OnnxTensor> tensors = [];
        Dictionary<string, string> inputs = [];
        foreach (OnnxTensor tensor in graph.Initializers) tensors.Add(tensor.Name, tensor);
        foreach (OnnxValue input in graph.Inputs) inputs.TryAdd(input.Name, input.Name);
        foreach (OnnxNode node in graph.Nodes)
        {
            if (node.Domain == FusionGraph.Microsoft && node is { OpType: "EmbedLayerNormalization", Inputs.Count: > 4 })
            {
                Add(node.Inputs[0], node.Inputs[2]);
                Add(node.Inputs[1], node.Inputs[4]);
            }
            else if (node is { OpType: "Gather", Inputs.Count: 2 } && node.Attribute("axis")?.Integer is null or 0)
            {
                Add(node.Inputs[1], node.Inputs[0]);
            }
            else if (PassesOn.Contains(node.OpType) && node is { Inputs.Count: > 0, Outputs.Count: > 0 } && inputs.TryGetValue(node.Inputs[0], out string? input))
            {
                inputs.TryAdd(node.Outputs[0], input);
            }
        }

        void Add(string indices, string table)
        {
            if (!inputs.TryGetValue(indices, out string? input) || !tensors.TryGetValue(table, out OnnxTensor? tensor) || tensor.Dims is not [> 0 and var rows, _]) return;
            _rows[input] = Math.Min(rows, _rows.GetValueOrDefault(input, long.MaxValue));
        }
    }

    public long? RowsFor(string input) => _rows.TryGetValue(input, out long rows) ? rows : null;
}
