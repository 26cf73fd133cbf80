using Thaw.Onnx.Format;
using Thaw.Onnx.Fusion.Rewriting;

namespace Thaw.Onnx.Fusion.Patterns;

/// <summary>SkipLayerNormalization: the layer normalization of the sum of a layer's output, its bias and the layer's own input (the skip connection).</summary>
internal static class SkipLayerNormMatcher
{
    /// <returns>How many it fused.</returns>
    public static int Apply(FusionGraph graph) => graph.FuseEach(node => TryFuse(graph, node), "LayerNormalization");

    private static bool TryFuse(FusionGraph graph, OnnxNode norm)
    {
        if (norm.Inputs.Count is not (2 or 3) || norm.Outputs.Count != 1) return false;
        // SkipLayerNormalization refuses a negative epsilon, and computes in float32 (stash_type 1).
        float epsilon = norm.Attribute("epsilon")?.Float ?? 1e-5f;
        if (!(epsilon >= 0) || norm.Attribute("stash_type")?.Integer is not (null or 1)) return false;
        string sum = norm.Inputs[0];
        if (graph.Facts[sum] is not { } facts || !facts.IsFloatOf(3) || norm.Attribute("axis")?.Integer is not (null or -1 or 2)) return false;
        if (graph.Producer(sum, "Add") is not { Inputs.Count: 2 } add || !graph.IsReadOnlyBy(sum, norm)) return false;
        if (!norm.Inputs.Skip(1).All(vector => graph.IsVector(vector, facts.Shape![2]))) return false;
        if (!add.Inputs.All(input => graph.Facts[input] is { } operand && operand.HasShapeOf(facts))) return false;

        (string input, string skip, string? bias) = (add.Inputs[0], add.Inputs[1], null);
        foreach (string operand in add.Inputs)
        {
            if (Operands.Biased(graph, operand) is not { } biased || Operands.Other(add, operand) is not { } other) continue;
            if (!graph.IsReadOnlyBy(operand, add)) continue;
            (input, skip, bias) = (biased.Value, other, biased.Bias);
            break;
        }

        List<string> inputs = [input, skip, .. norm.Inputs.Skip(1)];
        if (bias is not null)
        {
            if (inputs.Count == 3) inputs.Add("");
            inputs.Add(bias);
        }

        graph.Replace(norm.Outputs[0], new OnnxNode
        {
            Name = norm.Name, Domain = FusionGraph.Microsoft, OpType = "SkipLayerNormalization", Inputs = inputs, Outputs = norm.Outputs,
            Attributes = [OnnxAttribute.Of("epsilon", epsilon)],
        });
        return true;
    }
}
