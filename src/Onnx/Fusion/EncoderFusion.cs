using Thaw.Onnx.Format;
using Thaw.Onnx.Fusion.Patterns;
using Thaw.Onnx.Fusion.Rewriting;

namespace Thaw.Onnx.Fusion;

/// <summary>
/// Rewrites an exported encoder (BERT and similar models) into few nodes of ONNX Runtime's domain com.microsoft. What does not match is left
/// unchanged; no weights are moved or copied except the biases of the attention's projections.
/// </summary>
internal static class EncoderFusion
{
    // The versions of ONNX's own operators that this knows. Those before 11 differ in many ways.
    private const long OldestOpset = 11, NewestOpset = 22;

    private const int Functions = 25;

    /// <summary>Rewrites the model's graph. Leaves one in which there is nothing to fuse unchanged; if it is fused already, shapes are added.</summary>
    /// <exception cref="ModelFormatException">A part of the graph is damaged; the graph is unchanged.</exception>
    public static FusionReport Apply(OnnxModelFile model)
    {
        int before = model.Graph.Nodes.Count;
        var none = new FusionReport { NodesBefore = before, NodesAfter = before };
        OpsetImport[] own = [.. model.Opsets.Where(opset => opset.Domain is "" or "ai.onnx")];
        if (own is not [{ Version: >= OldestOpset and <= NewestOpset } opset] || HasFunctions(model)) return none;
        var graph = new FusionGraph(model, opset.Version);
        if (!Simplifier.TryApply(graph)) return none;

        int quantized = QuantizedMatMulMatcher.Apply(graph);
        int norms = LayerNormMatcher.Apply(graph), gelus = GeluMatcher.Apply(graph), attentions = AttentionMatcher.Apply(graph);
        int transposed = TransposedWeightMatcher.Apply(graph);
        if (norms + gelus + attentions + quantized == 0)
        {
            if (IsComplete(model.Graph)) SumShapes.Declare(model.Graph, graph.Facts);
            return none;
        }

        graph.Store();
        SumShapes.Declare(model.Graph, graph.Facts);
        model.AddOpset(FusionGraph.Microsoft, 1);
        return none with
        {
            NodesAfter = model.Graph.Nodes.Count,
            LayerNormalizations = norms,
            Gelus = gelus,
            Attentions = attentions,
            TransposedWeights = transposed,
            QuantizedProducts = quantized,
        };
    }

    /// <summary>Whether every attention of a graph is one node, so that ONNX Runtime finds nothing to fuse: each other one has a Softmax, and a
    /// classifier may end with one.</summary>
    public static bool IsComplete(OnnxGraph graph)
    {
        int attentions = graph.Nodes.Count(
            node => node.Domain == FusionGraph.Microsoft && node.OpType is "MultiHeadAttention" or "Attention" or "QAttention");
        return attentions > graph.Nodes.Count(node => node.OpType == "Softmax");
    }

    // A model's own function may define any operator, even one with the name of a standard operator.
    internal static bool HasFunctions(OnnxModelFile model) => FileField.Walk(model.File, 0, model.File.Length).Any(field => field.Is(Functions));
}
