using Thaw.Onnx.Format;
using Thaw.Onnx.Fusion.Rewriting;
using Thaw.Onnx.Fusion.Shapes;

namespace Thaw.Onnx.Fusion.Patterns;

/// <summary>
/// Makes MultiHeadAttention's attention_bias, [1 or batch, 1 or heads, queries, keys], from the graph's own mask. ONNX Runtime adds it to the
/// scaled scores before the softmax, as the graph did; a key_padding_mask could only tell masked from unmasked. Layers share it.
/// </summary>
internal sealed class MaskBuilder(FusionGraph graph)
{
    // The value made for each description.
    private readonly Dictionary<string, string> _made = [];

    /// <summary>Name of a float32 scalar of 0.</summary>
    public string Zero => Number(0);

    /// <summary>Makes the mask of an attention.</summary>
    /// <param name="guardsNaN">Whether rows where every key is masked with -inf must give zeros.</param>
    /// <param name="bias">The node's input attention_bias.</param>
    /// <param name="maskedRows">With <paramref name="guardsNaN"/>, which rows give zeros, bool [batch, queries or 1, 1]; otherwise empty.</param>
    /// <returns>False if the mask is of a kind that cannot be used.</returns>
    public bool TryBuild(AttentionMask mask, HeadView query, HeadView key, bool guardsNaN, out string bias, out string maskedRows)
    {
        bias = maskedRows = "";
        if (graph.Facts[mask.Value] is not { Rank: >= 0 and <= 4 } facts || (mask.Fill is null && facts.Type != TensorElementType.Float32)) return false;
        string added = mask.Fill is { } fill ? Filled(mask, fill) : mask.Value;
        if (guardsNaN)
        {
            if (graph.Facts[added]?.Shape is not [_, { } heads, _, _] || !heads.Is(1) || (mask.Fill is null && !OnlyMasks(mask.Value))) return false;
            string isMasked = IsMasked(added);
            maskedRows = Make($"rows {added}", "rows", new OnnxNode { OpType = "Reshape", Inputs = [isMasked, Vector(0, -1, 1)] });
            added = Make($"guarded {added}", "mask", new OnnxNode { OpType = "Where", Inputs = [isMasked, Zero, added] });
        }

        bool isWhole = graph.Facts[added]?.Shape is [_, _, var queries, var keys] && queries.Equals(query.Sequence) && keys.Equals(key.Sequence);
        bias = isWhole ? added : Expanded(added, query, key);
        return true;
    }

    /// <summary>Whether no element of a mask is positive, so that only a row with nothing but -inf can give NaN.</summary>
    private bool OnlyMasks(string mask) =>
        graph.Producer(mask, "Where") is { } where && graph.Facts[where.Inputs[1]]?.Number <= 0 && graph.Facts[where.Inputs[2]]?.Number <= 0;

    private string Filled(AttentionMask mask, float fill)
    {
        (string whenTrue, string whenFalse) = mask.FillsWhereTrue ? (Number(fill), Zero) : (Zero, Number(fill));
        return Make($"where {mask.Value} {whenTrue} {whenFalse}", "mask", new OnnxNode { OpType = "Where", Inputs = [mask.Value, whenTrue, whenFalse] });
    }

    private string IsMasked(string mask)
    {
        OnnxNode largest = graph.Facts.Opset < 18
            ? new OnnxNode { OpType = "ReduceMax", Inputs = [mask], Attributes = [OnnxAttribute.Of("axes", [-1L])] }
            : new OnnxNode { OpType = "ReduceMax", Inputs = [mask, Vector(-1)] };
        string[] operands = [Make($"largest {mask}", "largest", largest), Number(float.NegativeInfinity)];
        return Make($"masked {mask}", "masked", new OnnxNode { OpType = "Equal", Inputs = operands });
    }

    /// <summary>The mask expanded to [.., queries, keys]: ONNX Runtime broadcasts it over batch and heads, but not over queries or keys.</summary>
    private string Expanded(string mask, HeadView query, HeadView key)
    {
        string name = $"expanded {mask} {query.Sequence} {key.Sequence}";
        if (_made.TryGetValue(name, out string? made)) return made;
        string shape;
        if (query.Sequence.IsConstant && key.Sequence.IsConstant)
        {
            shape = Vector(1, 1, query.Sequence.Factor, key.Sequence.Factor);
        }
        else
        {
            string sizes = query.Sequence.Equals(key.Sequence)
                ? Sizes(query, 2)
                : Make($"sizes {query.Sequence} {key.Sequence}", "sizes", Concat(Sizes(query, 1), Sizes(key, 1)));
            shape = Make($"shape {sizes}", "shape", Concat(Vector(1, 1), sizes));
        }

        return Make(name, "mask", new OnnxNode { OpType = "Expand", Inputs = [mask, shape] });
    }

    /// <summary>A vector with a view's sequence length, <paramref name="count"/> times.</summary>
    private string Sizes(HeadView view, int count)
    {
        // Preferably from an input, which always stays; a projection's value after its bias may be fused away.
        bool isOfInput = graph.Facts.TryFindAnchor(view.Sequence.Symbol, out (string Value, int Axis) anchor) && graph.IsInput(anchor.Value);
        (string value, int axis) = isOfInput ? anchor : (Operands.Biased(graph, view.Source)?.Value ?? view.Source, 1);
        string axes = Vector([.. Enumerable.Repeat((long)axis, count)]);
        string shape = graph.ShapeOf(value) ?? Make($"shape of {value}", "shape", new OnnxNode { OpType = "Shape", Inputs = [value] });
        var gather = new OnnxNode { OpType = "Gather", Inputs = [shape, axes], Attributes = [OnnxAttribute.Of("axis", 0L)] };
        return Make($"sizes {view.Sequence} {axes}", "sizes", gather);
    }

    private static OnnxNode Concat(params string[] parts) => new() { OpType = "Concat", Inputs = parts, Attributes = [OnnxAttribute.Of("axis", 0L)] };

    private string Number(float value) => Constant($"number {value:R}", () => graph.AddConstant<float>("number", TensorElementType.Float32, [value]));

    private string Vector(params long[] values) =>
        Constant($"vector {string.Join(',', values)}", () => graph.AddConstant<long>("shape", TensorElementType.Int64, values, values.Length));

    private string Constant(string description, Func<string> add)
    {
        if (!_made.TryGetValue(description, out string? name)) _made[description] = name = add();
        return name;
    }

    /// <summary>The output of a new node, or of the one that was made for the same description before.</summary>
    private string Make(string description, string use, OnnxNode node)
    {
        if (_made.TryGetValue(description, out string? made)) return made;
        string name = graph.NewName(use);
        OnnxNode named = node with { Outputs = [name] };
        ShapeInference.Add(named, graph.Facts);
        graph.Insert(named);
        _made[description] = name;
        return name;
    }
}
