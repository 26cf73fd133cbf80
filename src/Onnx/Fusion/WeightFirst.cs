using Thaw.Onnx.Format;
using Thaw.Onnx.Fusion.Rewriting;

namespace Thaw.Onnx.Fusion;

/// <summary>
/// Turns around the products whose weights are stored transposed: y = x·Wᵀ becomes (W·xᵀ)ᵀ. The matrix kernels pack their right side and read the
/// left side in place. Without prepacking they would pack every weight in every run; turned around they pack the activations, which are small,
/// and an additional node transposes the result back. For one text of 32 tokens such a run takes as long as one over packed weights.
/// </summary>
internal static class WeightFirst
{
    /// <summary>Rewrites the products of a fused encoder for a session without prepacking (one with prepacking would not pack weights on the left).
    /// Products of inputs that are not known to be [batch, sequence, size] are left unchanged.</summary>
    /// <returns>How many products it turned around.</returns>
    public static int Apply(OnnxGraph graph)
    {
        HashSet<string> weights =
            [.. graph.Initializers.Where(tensor => tensor is { ElementType: TensorElementType.Float32, Dims.Count: 2 }).Select(tensor => tensor.Name)];
        // A caller may replace an initializer that is also an input.
        weights.ExceptWith(graph.Inputs.Select(input => input.Name));
        var names = new ValueNames(graph);
        HashSet<string> sequences = Sequences(graph);
        List<OnnxNode> nodes = [];
        int count = 0;
        foreach (OnnxNode node in graph.Nodes)
        {
            if (!IsTransposedProduct(node) || !weights.Contains(node.Inputs[1]) || !sequences.Contains(node.Inputs[0]))
            {
                nodes.Add(node);
                continue;
            }

            string turned = names.New($"{node.Outputs[0]}/turned");
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

    /// <summary>Values known to have three dimensions: the queries and outputs of MultiHeadAttention; values whose shape is the same as theirs except
    /// perhaps for the last dimension; and sums of such values.</summary>
    private static HashSet<string> Sequences(OnnxGraph graph)
    {
        HashSet<string> vectors = [.. graph.Initializers.Where(tensor => tensor.Dims.Count == 1).Select(tensor => tensor.Name)];
        Dictionary<string, List<string>> alike = [];
        Dictionary<string, List<OnnxNode>> sums = [];
        Stack<string> found = [];
        foreach (OnnxNode node in graph.Nodes)
        {
            if (node is not { Inputs: [var input, ..], Outputs: [var output, ..] }) continue;
            if (IsMicrosoft(node, "MultiHeadAttention"))
            {
                // A query that also contains keys and values has five dimensions.
                if (node.Inputs.Count > 2 && node.Inputs[1].Length > 0 && node.Inputs[2].Length > 0) found.Push(input);
                found.Push(output);
            }
            else if (node is { IsStandard: true, OpType: "Add", Inputs: [var left, var right] })
            {
                if (vectors.Contains(right)) Link(left, output);
                else if (vectors.Contains(left)) Link(right, output);
                else AddSum(node, left, right);
            }
            else if (IsTransposedProduct(node)
                || node is { IsStandard: true, OpType: "LayerNormalization" }
                || (node.Domain == FusionGraph.Microsoft && node.OpType is "SkipLayerNormalization" or "BiasGelu" or "FastGelu" or "Gelu"))
            {
                Link(input, output);
            }
        }

        HashSet<string> sequences = [];
        while (found.TryPop(out string? value))
        {
            if (!sequences.Add(value)) continue;
            if (alike.TryGetValue(value, out List<string>? others)) others.ForEach(found.Push);
            foreach (OnnxNode sum in sums.GetValueOrDefault(value, []))
            {
                if (sum.Inputs.All(sequences.Contains)) found.Push(sum.Outputs[0]);
            }
        }

        return sequences;

        void Link(string one, string other)
        {
            (alike.TryGetValue(one, out List<string>? list) ? list : alike[one] = []).Add(other);
            (alike.TryGetValue(other, out list) ? list : alike[other] = []).Add(one);
        }

        void AddSum(OnnxNode sum, string left, string right)
        {
            (sums.TryGetValue(left, out List<OnnxNode>? list) ? list : sums[left] = []).Add(sum);
            (sums.TryGetValue(right, out list) ? list : sums[right] = []).Add(sum);
        }
    }

    private static bool IsMicrosoft(OnnxNode node, string opType) => node.Domain == FusionGraph.Microsoft && node.OpType == opType;
}
