using Thaw.Onnx.Format;
using Thaw.Onnx.Fusion.Rewriting;

namespace Thaw.Onnx.Preparing;

/// <summary>Finds the embedding tables in which a graph looks up its inputs.</summary>
internal sealed class TokenTables
{
    // Operators that may be between an input and the lookup, and that keep every id.
    private static readonly string[] PassesOn = ["Cast", "Identity", "Reshape", "Unsqueeze", "Squeeze", "Flatten"];

    private readonly Dictionary<string, long> _rows = [];

    /// <param name="graph">The original graph, before it is fused.</param>
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
            else if (PassesOn.Contains(node.OpType) && node is { Inputs: [var passed, ..], Outputs: [var output, ..] })
            {
                if (inputs.TryGetValue(passed, out string? input)) inputs.TryAdd(output, input);
            }
        }

        void Add(string indices, string table)
        {
            if (!inputs.TryGetValue(indices, out string? input) || !tensors.TryGetValue(table, out OnnxTensor? tensor)) return;
            if (tensor.Dims is not [> 0 and var rows, _]) return;
            _rows[input] = Math.Min(rows, _rows.GetValueOrDefault(input, long.MaxValue));
        }
    }

    /// <summary>Rows of the smallest table that this input is looked up in; null if there is none.</summary>
    public long? RowsFor(string input) => _rows.TryGetValue(input, out long rows) ? rows : null;
}
