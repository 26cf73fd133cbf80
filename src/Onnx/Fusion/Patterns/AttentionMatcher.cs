using System.Runtime.InteropServices;
using Thaw.Onnx.Format;
using Thaw.Onnx.Fusion.Rewriting;

namespace Thaw.Onnx.Fusion.Patterns;

/// <summary>
/// MultiHeadAttention, from the projections' outputs to the joined heads: softmax(scale · Q · Kᵀ + mask) · V. The biases of the projections become
/// part of the node. The mask stays the graph's own, so that its meaning cannot change.
/// </summary>
internal sealed class AttentionMatcher
{
    // In elements; hundreds of times what encoders have. A damaged shape can claim any size.
    private const long LargestBias = 1 << 20;

    private readonly FusionGraph _graph;
    private readonly MaskBuilder _masks;

    private AttentionMatcher(FusionGraph graph)
    {
        _graph = graph;
        _masks = new MaskBuilder(graph);
    }

    /// <returns>How many it fused.</returns>
    public static int Apply(FusionGraph graph) => graph.FuseEach(new AttentionMatcher(graph).TryFuse, "Softmax");

    private bool TryFuse(OnnxNode softmax)
    {
        if (_graph.Facts[softmax.Inputs[0]] is not { } masked || !masked.IsFloatOf(4)) return false;
        // The default axis is 1 up to opset 12, and the last one since opset 13.
        if ((softmax.Attribute("axis")?.Integer ?? (_graph.Facts.Opset < 13 ? 1 : -1)) is not (-1 or 3)) return false;
        if (AttentionScores.Read(_graph, softmax) is not { } scores) return false;

        string weights = softmax.Outputs[0];
        bool hasGuard = NaNGuard.Follow(_graph, ref weights);
        if (_graph.OnlyConsumer(weights, "MatMul") is not { } product || product.Inputs[0] != weights || product.Inputs[1] == weights) return false;
        if (HeadView.Trace(_graph, scores.Product.Inputs[0]) is not { Axes: "b,n,s,d" } query) return false;
        if (HeadView.Trace(_graph, scores.Product.Inputs[1]) is not { Axes: "b,n,d,s" } key) return false;
        if (HeadView.Trace(_graph, product.Inputs[1]) is not { Axes: "b,n,s,d" } value) return false;
        if (!query.Batch.Equals(key.Batch) || !query.Batch.Equals(value.Batch) || !key.Sequence.Equals(value.Sequence)) return false;
        if (query.Heads != key.Heads || query.Heads != value.Heads || query.HeadSize != key.HeadSize || value.Scale != 1) return false;
        // The mask must not broadcast the scores to a larger shape.
        if (!masked.HasShapeOf(_graph.Facts[scores.Product.Outputs[0]]!)) return false;
        float scale = query.Scale * key.Scale * scores.Scale;
        // ONNX Runtime reads 0 as 1 / sqrt(head size).
        if (scale == 0 || !float.IsFinite(scale)) return false;

        if (JoinedHeads(query.Result(product.Outputs[0], value.HeadSize)) is not { } joined) return false;
        string mask = "", maskedRows = "";
        if (scores.Mask is { } found && !_masks.TryBuild(found, query, key, hasGuard, out mask, out maskedRows)) return false;
        Emit(query, key, value, scale, mask, maskedRows, joined);
        return true;
    }

    /// <summary>The node that joins the heads again, side by side; null if there is none.</summary>
    private OnnxNode? JoinedHeads(HeadView heads)
    {
        string value = heads.Source;
        while (_graph.OnlyConsumer(value, "Reshape", "Transpose") is { } step && step.Inputs[0] == value && heads.TryStep(step))
        {
            if (heads.Axes == "b,s,nd") return step;
            value = step.Outputs[0];
        }

        return null;
    }

    private void Emit(HeadView query, HeadView key, HeadView value, float scale, string mask, string maskedRows, OnnxNode joined)
    {
        string result = joined.Outputs[0], output = maskedRows.Length == 0 ? result : _graph.NewName("attention");
        string[] sources = [query.Source, key.Source, value.Source];
        string bias = TakeBiases(sources);
        string[] inputs = [.. sources, bias, "", mask];
        int last = Array.FindLastIndex(inputs, input => input.Length > 0);
        var attention = new OnnxNode
        {
            Name = joined.Name, Domain = FusionGraph.Microsoft, OpType = "MultiHeadAttention", Inputs = inputs[..(last + 1)], Outputs = [output],
            Attributes = [OnnxAttribute.Of("num_heads", query.Heads), OnnxAttribute.Of("scale", scale)],
        };
        if (maskedRows.Length == 0)
        {
            _graph.Replace(result, attention);
            return;
        }

        _graph.Insert(attention);
        _graph.Replace(result, new OnnxNode { OpType = "Where", Inputs = [maskedRows, _masks.Zero, output], Outputs = [result] });
    }

    /// <summary>Replaces the projections' outputs by their values before the biases are added, and joins the biases.</summary>
    /// <returns>The name of the joined biases; empty if there are none, or if they cannot be read.</returns>
    private string TakeBiases(string[] sources)
    {
        var before = new string[sources.Length];
        List<float> joined = [];
        var parts = new JoinedPart[sources.Length];
        for (int i = 0; i < sources.Length; i++)
        {
            before[i] = sources[i];
            long size = _graph.Facts[sources[i]]!.Shape![2].Factor;
            if (size > LargestBias) return "";
            if (Operands.Biased(_graph, sources[i]) is not { } biased)
            {
                joined.AddRange(new float[size]);
                parts[i] = new JoinedPart(null, size);
                continue;
            }

            if (!_graph.TryRead(biased.Bias, out ReadOnlySpan<float> elements) || elements.Length != size) return "";
            joined.AddRange(elements);
            parts[i] = new JoinedPart(biased.Bias, size);
            before[i] = biased.Value;
        }

        if (Array.TrueForAll(parts, part => part.Name is null)) return "";
        before.CopyTo(sources, 0);
        return _graph.AddJoined("bias", CollectionsMarshal.AsSpan(joined), parts);
    }
}
