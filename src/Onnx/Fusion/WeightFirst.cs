using Thaw.Onnx.Format;
using Thaw.Onnx.Fusion.Rewriting;

namespace Thaw.Onnx.Fusion;

/// <summary>
/// Turns products round whose weights are stored transposed: y = x·Wᵀ becomes (W·xᵀ)ᵀ. The matrix kernels pack their right side, and read the left one
/// where it lies. Without prepacking they would pack each weight for each run; so they pack the activations, which are small, and a last node
/// transposes them back. For one text of 32 tokens such a run takes as long as one over packed weights.
/// </summary>
internal static class WeightFirst
{
    /// <summary>Rewrites the products of a fused encoder, for a session without prepacking; one with it would not pack such weights. What is not
    /// known to be [batch, sequence, size] stays as it is.</summary>
    /// <returns>How many it turned round.</returns>
    public static int Apply(OnnxGraph graph)
    {
        Dictionary<string, OnnxTensor> weights = [];
        HashSet<string> names = [];
        foreach (OnnxTensor tensor in graph.Initializers)
        {
            names.Add(tensor.Name);
            if (tensor is { ElementType: TensorElementType.Float32, Dims.Count: 2 }) weights.Add(tensor.Name, tensor);
        }

        foreach (OnnxValue input in graph.Inputs)
        {
            names.Add(input.Name);
            // Whoever calls may give another.
            weights.Remove(input.Name);
        }

        foreach (OnnxNode node in graph.Nodes) names.UnionWith(node.Outputs);
        HashSet<string> sequences = Sequences(graph.Nodes);
        List<OnnxNode> nodes = [];
        int count = 0;
        foreach (OnnxNode node in graph.Nodes)
        {
            if (!IsTransposedProduct(node) || !weights.ContainsKey(node.Inputs[1]) || !sequences.Contains(node.Inputs[0]))
            {
                nodes.Add(node);
                continue;
            }

            string turned = NewName(names, node.Outputs[0]);
            nodes.Add(node with { Inputs = [node.Inputs[1], node.Inputs[0]], Outputs = [turned] });
            nodes.Add(new OnnxNode { OpType = "Transpose", Inputs = [turned], Outputs = node.Outputs, Attributes = [OnnxAttribute.Of("perm", [0, 2, 1])] });
            count++;
        }

        if (count == 0) return 0;
        graph.Nodes.Clear();
        graph.Nodes.AddRange(nodes);
        return count;
    }

    private static bool IsTransposedProduct(OnnxNode node) =>
        IsMicrosoft(node, "FusedMatMul") && node is { Inputs.Count: 2, Outputs.Count: 1 } && node.Attribute("transB")?.Integer == 1
            && node.Attributes.All(attribute => attribute.Name is "transB" or "alpha" || attribute.Integer == 0);

    /// <summary>Values of three dimensions: the queries and answers of MultiHeadAttention, and what has their shape or their shape but for the last
    /// dimension.</summary>
    private static HashSet<string> Sequences(List<OnnxNode> nodes)
    {
        Dictionary<string, List<string>> alike = [];
        Stack<string> found = [];
        foreach (OnnxNode node in nodes)
        {
            if (node is not { Inputs: [var input, ..], Outputs: [var output, ..] }) continue;
            if (IsMicrosoft(node, "MultiHeadAttention"))
            {
                // A query that holds keys and values too has five dimensions.
                if (node.Inputs.Count > 2 && node.Inputs[1].Length > 0 && node.Inputs[2].Length > 0) found.Push(input);
                found.Push(output);
            }
            else if (IsTransposedProduct(node) || IsMicrosoft(node, "SkipLayerNormalization") || IsMicrosoft(node, "BiasGelu") || IsMicrosoft(node, "FastGelu") || IsMicrosoft(node, "Gelu"))
            {
                Link(input, output);
                Link(output, input);
            }
        }

        HashSet<string> sequences = [];
        while (found.TryPop(out string? value))
        {
            if (!sequences.Add(value) || !alike.TryGetValue(value, out List<string>? others)) continue;
            others.ForEach(found.Push);
        }

        return sequences;

        void Link(string from, string to)
        {
            if (!alike.TryGetValue(from, out List<string>? others)) alike[from] = others = [];
            others.Add(to);
        }
    }

    private static bool IsMicrosoft(OnnxNode node, string opType) => node.Domain == FusionGraph.Microsoft && node.OpType == opType;

    private static string NewName(HashSet<string> names, string value)
    {
        string name = $"{value}/turned";
        while (!names.Add(name)) name += "_";
        return name;
    }
}
