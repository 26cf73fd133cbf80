using Thaw.Onnx.Format;
using Thaw.Onnx.Fusion.Rewriting;

namespace Thaw.Onnx.Fusion.Patterns;

/// <summary>The scores that a Softmax reads: the product of queries and keys, scaled and then masked.</summary>
internal sealed record AttentionScores(OnnxNode Product, float Scale, AttentionMask? Mask)
{
    // Adding a score to a number this small gives the number itself: half a unit in its last place is far larger than any score.
    private const float SmallestFill = -1e30f;

    // In a graph that was float16, the type's lowest number, -65504, or -10000, with which a converter replaced a lower one. A score is masked with
    // either if its row has another one that is 104 more, because exp(-104) is 0. The scores of an attention are not that low.
    private const float SmallestFillOfFloat16 = -10_000;

    public static AttentionScores? Read(FusionGraph graph, OnnxNode softmax)
    {
        string value = softmax.Inputs[0];
        if (!IsOnlyReadBy(graph, value, softmax)) return null;
        if (graph.Producer(value, "Add", "Where") is not { } masking) return Unmasked(graph, value);
        if (masking.OpType == "Add")
        {
            foreach (string operand in masking.Inputs)
            {
                if (Operands.Other(masking, operand) is { } mask && IsOnlyReadBy(graph, operand, masking) && Unmasked(graph, operand) is { } scores)
                    return scores with { Mask = new AttentionMask(mask) };
            }

            return null;
        }

        bool isHalf = graph.Source.NumberType == TensorElementType.Float16;
        for (int i = 1; i <= 2; i++)
        {
            string operand = masking.Inputs[i];
            if (graph.Facts[masking.Inputs[3 - i]]?.Number is not { } fill || !IsOnlyReadBy(graph, operand, masking)) continue;
            if (isHalf && fill is <= SmallestFillOfFloat16 and > SmallestFill) fill = float.MinValue;
            if (fill > SmallestFill) continue;
            if (Unmasked(graph, operand) is { } scores)
                return scores with { Mask = new AttentionMask(BeforeExpansion(graph, masking.Inputs[0], operand), fill, FillsWhereTrue: i == 2) };
        }

        return null;
    }

    private static AttentionScores? Unmasked(FusionGraph graph, string value)
    {
        float scale = 1;
        while (Operands.Scaled(graph, value) is { } scaled)
        {
            OnnxNode node = graph.Producer(value, "Mul", "Div")!;
            if (!IsOnlyReadBy(graph, scaled.Value, node)) return null;
            (value, scale) = (scaled.Value, scale * scaled.Factor);
        }

        return graph.Producer(value, "MatMul") is { } product ? new AttentionScores(product, scale, null) : null;
    }

    /// <summary>The condition before it was expanded to the shape of the scores, which Where would do by itself.</summary>
    private static string BeforeExpansion(FusionGraph graph, string condition, string scores)
    {
        while (graph.Producer(condition, "Expand") is { } expand && graph.Facts[condition] is { } expanded && expanded.HasShapeOf(graph.Facts[scores]!))
            condition = expand.Inputs[0];
        return condition;
    }

    // A node that only takes the shape belongs to the mask, and is removed with it.
    private static bool IsOnlyReadBy(FusionGraph graph, string value, OnnxNode node) =>
        !graph.IsOutput(value) && graph.Consumers(value).All(consumer => ReferenceEquals(consumer, node) || consumer.OpType == "Shape");
}
