using System.Runtime.InteropServices;
using Thaw.Onnx.Format;
using Thaw.Onnx.Fusion.Rewriting;

namespace Thaw.Onnx.Preparing;

/// <summary>
/// Gives every head of an attention its own copy of the mask. ONNX Runtime before 1.20 refuses a mask that all heads share, and versions 1.20.0 to
/// 1.21.0 read it at the wrong place for every row of a batch except the first (https://github.com/microsoft/onnxruntime/pull/24017).
/// </summary>
internal static class MaskPerHead
{
    private const int AttentionBias = 5;

    /// <summary>Expands the masks of the graph's MultiHeadAttention nodes, each mask once.</summary>
    public static void Apply(OnnxGraph graph)
    {
        var names = new ValueNames(graph);
        Dictionary<(string Mask, long Heads), string> widened = [];
        for (int i = 0; i < graph.Nodes.Count; i++)
        {
            OnnxNode node = graph.Nodes[i];
            if (node.Domain != FusionGraph.Microsoft || node.OpType != "MultiHeadAttention") continue;
            if (node.Inputs.Count <= AttentionBias || node.Inputs[AttentionBias].Length == 0) continue;
            (string mask, long heads) = (node.Inputs[AttentionBias], node.Attribute("num_heads")?.Integer ?? 1);
            if (!widened.TryGetValue((mask, heads), out string? wide))
            {
                wide = names.New($"thaw/mask_{heads}_heads");
                string shape = names.New($"thaw/{heads}_heads");
                long[] dims = [1, heads, 1, 1];
                graph.Initializers.Add(new OnnxTensor
                {
                    Name = shape, ElementType = TensorElementType.Int64, Dims = [dims.Length], RawData = MemoryMarshal.AsBytes(dims.AsSpan()).ToArray(),
                });
                graph.Nodes.Insert(i++, new OnnxNode { OpType = "Expand", Inputs = [mask, shape], Outputs = [wide] });
                widened.Add((mask, heads), wide);
            }

            string[] inputs = [.. node.Inputs];
            inputs[AttentionBias] = wide;
            graph.Nodes[i] = node with { Inputs = inputs };
        }
    }
}
