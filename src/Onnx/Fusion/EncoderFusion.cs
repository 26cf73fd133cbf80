using Thaw.Onnx.Format;
using Thaw.Onnx.Fusion.Patterns;
using Thaw.Onnx.Fusion.Rewriting;

namespace Thaw.Onnx.Fusion;

/// <summary>
/// Rewrites an exported encoder (BERT and its like) into few nodes of ONNX Runtime's domain com.microsoft. What does not match stays as it is;
/// no weight is moved or copied but the biases of the attention's projections.
/// </summary>
internal static class EncoderFusion
{
    // What of ONNX's own operators this knows. Those before 11 differ in many ways.
    private const long OldestOpset = 11, NewestOpset = 22;

    private const int Functions = 25;

    /// <summary>Rewrites the model's graph. A graph in which there is nothing to fuse is not touched.</summary>
    /// <exception cref="ModelFormatException">A part of the graph is damaged. The graph is as it was.</exception>
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
        int skips = SkipLayerNormMatcher.Apply(graph), transposed = TransposedWeightMatcher.Apply(graph);
        if (norms + gelus + attentions + skips + quantized == 0) return none;
        graph.Store();
        if (!model.Opsets.Exists(import => import.Domain == FusionGraph.Microsoft)) model.Opsets.Add(OpsetImport.Of(FusionGraph.Microsoft, 1));
        return none with
        {
            NodesAfter = model.Graph.Nodes.Count,
            LayerNormalizations = norms,
            SkipLayerNormalizations = skips,
            Gelus = gelus,
            Attentions = attentions,
            TransposedWeights = transposed,
            QuantizedProducts = quantized,
        };
    }

    // A function may stand behind any name of an operator.
    internal static bool HasFunctions(OnnxModelFile model) => FileField.Walk(model.File, 0, model.File.Length).Any(field => field.Is(Functions));
}
