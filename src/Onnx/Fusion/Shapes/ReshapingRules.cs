using Thaw.Onnx.Format;

namespace Thaw.Onnx.Fusion.Shapes;

/// <summary>Infers the shapes of operators whose output has another shape than their inputs.</summary>
internal static class ReshapingRules
{
    public static ValueFacts? Infer(OnnxNode node, FactTable table, ValueFacts first)
    {
        TensorElementType type = node.OpType switch
        {
            "MatMulInteger" => TensorElementType.Int32,
            "ArgMax" or "ArgMin" => TensorElementType.Int64,
            _ => first.Type,
        };
        if (first.Shape is not { } input) return null;
        Dim[]? shape = node.OpType switch
        {
            "MatMul" or "MatMulInteger" => MatMul(input, table.Input(node, 1)?.Shape, table.Symbols),
            "Gemm" => Gemm(node, input, table.Input(node, 1)?.Shape),
            "Transpose" => Transpose(node, input),
            "Reshape" => Reshape(node, input, table.Input(node, 1)?.Integers, table.Symbols),
            "Flatten" => Flatten(node, input),
            "Expand" when table.Input(node, 1)?.Integers is { } target && Array.TrueForAll(target, table.Symbols.IsNotNegative) =>
                ShapeInference.Broadcast(input, target, table.Symbols),
            "Unsqueeze" => Unsqueeze(table.IntegersOf(node, "axes", 1, out _), input),
            "Squeeze" => Squeeze(table.IntegersOf(node, "axes", 1, out _), input),
            "Gather" => Gather(node, input, table.Input(node, 1)?.Shape),
            "GatherElements" => table.Input(node, 1)?.Shape,
            "GatherND" => GatherND(node, input, table.Input(node, 1)?.Shape),
            "Slice" => SliceRule.Shape(node, table, input),
            "Concat" => Concat(node, table),
            "ReduceMean" or "ReduceSum" or "ReduceMax" or "ReduceMin" or "ReduceProd" or "ReduceL1" or "ReduceL2" or "ReduceSumSquare" =>
                Reduce(node, table, input),
            "ArgMax" or "ArgMin" => Reduce([node.Attribute("axis")?.Integer ?? 0], KeepsDims(node), input),
            _ => null,
        };
        return shape is null ? null : new ValueFacts { Type = type, Shape = shape };
    }

    public static Dim[]? ShapeOfShape(OnnxNode node, ValueFacts? input) =>
        input?.Shape is { } shape ? [Dim.Of(RangeOfShape(node, shape.Length).Length)] : null;

    /// <summary>The axes whose dimensions a Shape node returns: since opset 15 it can take a part of them.</summary>
    public static (int Start, int Length) RangeOfShape(OnnxNode node, int rank)
    {
        int start = Axis(node.Attribute("start")?.Integer ?? 0), end = Axis(node.Attribute("end")?.Integer ?? rank);
        return (start, Math.Max(0, end - start));

        int Axis(long axis) => (int)Math.Clamp(axis < 0 ? axis + rank : axis, 0, rank);
    }

    /// <summary>An axis counted from the first, where a negative one counts from the end; null if it is out of range.</summary>
    public static int? Normalize(long axis, int rank)
    {
        if (axis < 0) axis += rank;
        return axis >= 0 && axis < rank ? (int)axis : null;
    }

    /// <summary>The axes of the input in the order in which a Transpose node returns them; null if its attribute is not valid.</summary>
    public static int[]? Permutation(OnnxNode node, int rank)
    {
        if (node.Attribute("perm") is not { } perm) return [.. Enumerable.Range(0, rank).Reverse()];
        if (perm.Integers.Count != rank || !Enumerable.Range(0, rank).All(axis => perm.Integers.Contains(axis))) return null;
        return [.. perm.Integers.Select(axis => (int)axis)];
    }

    private static Dim[]? MatMul(Dim[] left, Dim[]? right, Symbols symbols)
    {
        if (right is null || left.Length < 2 || right.Length < 2) return null;
        Dim[]? batch = ShapeInference.Broadcast(left[..^2], right[..^2], symbols);
        return batch is null ? null : [.. batch, left[^2], right[^1]];
    }

    private static Dim[]? Gemm(OnnxNode node, Dim[] left, Dim[]? right)
    {
        if (right is not { Length: 2 } || left.Length != 2) return null;
        bool transposeLeft = node.Attribute("transA")?.Integer is not (null or 0), transposeRight = node.Attribute("transB")?.Integer is not (null or 0);
        return [left[transposeLeft ? 1 : 0], right[transposeRight ? 0 : 1]];
    }

    private static Dim[]? Transpose(OnnxNode node, Dim[] input)
    {
        int[]? permutation = Permutation(node, input.Length);
        return permutation is null ? null : Array.ConvertAll(permutation, axis => input[axis]);
    }

    private static Dim[]? Reshape(OnnxNode node, Dim[] input, Dim[]? target, Symbols symbols)
    {
        if (target is null) return null;
        bool copiesZeros = node.Attribute("allowzero")?.Integer is null or 0;
        var shape = new Dim[target.Length];
        int inferred = -1;
        Dim? left = Product(input);
        for (int i = 0; i < target.Length; i++)
        {
            if (target[i].Is(-1))
            {
                if (inferred >= 0) return null;
                inferred = i;
                continue;
            }

            bool isCopied = copiesZeros && target[i].Is(0);
            if (isCopied && i >= input.Length) return null;
            shape[i] = isCopied ? input[i] : target[i];
            // A value that could be -1 when the model runs would mean something else then.
            if (!symbols.IsNotNegative(shape[i])) return null;
            left = left is null ? null : Dim.Divide(left, shape[i]);
        }

        if (inferred >= 0) shape[inferred] = left ?? symbols.Fresh(isSize: true);
        return shape;
    }

    private static Dim[]? Flatten(OnnxNode node, Dim[] input)
    {
        long axis = node.Attribute("axis")?.Integer ?? 1;
        if (axis < 0) axis += input.Length;
        if (axis < 0 || axis > input.Length) return null;
        Dim? before = Product(input.AsSpan(0, (int)axis)), after = Product(input.AsSpan((int)axis));
        return before is null || after is null ? null : [before, after];
    }

    /// <summary>The number of elements; null if it cannot be expressed.</summary>
    public static Dim? Product(ReadOnlySpan<Dim> dims)
    {
        Dim? product = Dim.One;
        foreach (Dim dim in dims) product = product is null ? null : Dim.Multiply(product, dim);
        return product;
    }

    private static Dim[]? Unsqueeze(long[]? axes, Dim[] input)
    {
        if (axes is null) return null;
        int rank = input.Length + axes.Length;
        var isNew = new bool[rank];
        foreach (long axis in axes)
        {
            if (Normalize(axis, rank) is not { } index || isNew[index]) return null;
            isNew[index] = true;
        }

        int next = 0;
        return Array.ConvertAll(isNew, added => added ? Dim.One : input[next++]);
    }

    private static Dim[]? Squeeze(long[]? axes, Dim[] input)
    {
        if (axes is null) return null;
        var isGone = new bool[input.Length];
        foreach (long axis in axes)
        {
            if (Normalize(axis, input.Length) is not { } index) return null;
            isGone[index] = true;
        }

        return [.. input.Where((_, axis) => !isGone[axis])];
    }

    private static Dim[]? Gather(OnnxNode node, Dim[] input, Dim[]? indices)
    {
        if (indices is null || Normalize(node.Attribute("axis")?.Integer ?? 0, input.Length) is not { } axis) return null;
        return [.. input[..axis], .. indices, .. input[(axis + 1)..]];
    }

    private static Dim[]? GatherND(OnnxNode node, Dim[] input, Dim[]? indices)
    {
        if (node.Attribute("batch_dims")?.Integer is not (null or 0) || indices is not [.. var places, { IsConstant: true } depth]) return null;
        return depth.Factor >= 0 && depth.Factor <= input.Length ? [.. places, .. input[(int)depth.Factor..]] : null;
    }

    private static Dim[]? Concat(OnnxNode node, FactTable table)
    {
        if (node.Attribute("axis") is not { } axisAttribute) return null;
        Dim[]? shape = null;
        for (int i = 0; i < node.Inputs.Count; i++)
        {
            if (table.Input(node, i)?.Shape is not { } input || Normalize(axisAttribute.Integer, input.Length) is not { } axis) return null;
            if (shape is null)
            {
                shape = [.. input];
                continue;
            }

            if (shape.Length != input.Length) return null;
            shape[axis] = shape[axis].IsConstant && input[axis].IsConstant
                ? Dim.Of(shape[axis].Factor + input[axis].Factor)
                : table.Symbols.Compute("add", shape[axis], input[axis], isSize: true);
        }

        return shape;
    }

    private static Dim[]? Reduce(OnnxNode node, FactTable table, Dim[] input)
    {
        long[]? axes = table.IntegersOf(node, "axes", 1, out bool isOmitted);
        if (isOmitted || axes is { Length: 0 }) return null;
        return Reduce(axes, KeepsDims(node), input);
    }

    private static bool KeepsDims(OnnxNode node) => node.Attribute("keepdims")?.Integer is not 0;

    private static Dim[]? Reduce(long[]? axes, bool keepsDims, Dim[] input)
    {
        if (axes is null) return null;
        var isReduced = new bool[input.Length];
        foreach (long axis in axes)
        {
            if (Normalize(axis, input.Length) is not { } index) return null;
            isReduced[index] = true;
        }

        return keepsDims ? [.. input.Select((dim, axis) => isReduced[axis] ? Dim.One : dim)] : [.. input.Where((_, axis) => !isReduced[axis])];
    }
}
