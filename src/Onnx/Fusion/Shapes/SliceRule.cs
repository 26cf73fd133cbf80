using Thaw.Onnx.Format;

namespace Thaw.Onnx.Fusion.Shapes;

/// <summary>Infers what a Slice node takes.</summary>
internal static class SliceRule
{
    public static Dim[]? Shape(OnnxNode node, FactTable table, Dim[] input)
    {
        if (Read(node, table, input.Length) is not { } slices) return null;
        Dim[] shape = [.. input];
        foreach ((int axis, Dim start, Dim end, long step) in slices) shape[axis] = Length(input[axis], start, end, step, table.Symbols);
        return shape;
    }

    /// <summary>Whether the output is the same as the input: each axis is taken from its start and keeps its length.</summary>
    public static bool IsWhole(OnnxNode node, FactTable table)
    {
        if (table.Input(node, 0) is not { } input || table[node.Outputs[0]] is not { } output || !output.HasShapeOf(input)) return false;
        return Read(node, table, input.Rank) is { } slices && slices.TrueForAll(slice => slice.Start.Is(0) && slice.Step == 1);
    }

    /// <summary>The elements that a Slice with constant bounds takes from a vector; null if they are not known.</summary>
    public static Dim[]? Elements(OnnxNode node, FactTable table, Dim[] vector)
    {
        if (Read(node, table, 1) is not [(0, { IsConstant: true } start, { IsConstant: true } end, 1)]) return null;
        int from = Clamp(start.Factor, vector.Length), to = Clamp(end.Factor, vector.Length);
        return from < to ? vector[from..to] : [];
    }

    private static int Clamp(long index, int length) => (int)Math.Clamp(index < 0 ? index + length : index, 0, length);

    private static List<(int Axis, Dim Start, Dim End, long Step)>? Read(OnnxNode node, FactTable table, int rank)
    {
        if (table.Input(node, 1)?.Integers is not { } starts || table.Input(node, 2)?.Integers is not { } ends || starts.Length != ends.Length) return null;
        long[]? axes = table.HasInput(node, 3) ? table.Input(node, 3)?.ConstantIntegers : [.. Enumerable.Range(0, starts.Length)];
        long[]? steps = table.HasInput(node, 4) ? table.Input(node, 4)?.ConstantIntegers : [.. Enumerable.Repeat(1L, starts.Length)];
        if (axes is null || steps is null || axes.Length != starts.Length || steps.Length != starts.Length) return null;
        List<(int, Dim, Dim, long)> slices = [];
        for (int i = 0; i < axes.Length; i++)
        {
            if (ReshapingRules.Normalize(axes[i], rank) is not { } axis) return null;
            slices.Add((axis, starts[i], ends[i], steps[i]));
        }

        return slices;
    }

    private static Dim Length(Dim size, Dim start, Dim end, long step, Symbols symbols)
    {
        if (step == 1 && start.Is(0))
        {
            // Exporters write the largest int64 or int32 for "to the end".
            if (end.IsConstant && end.Factor >= int.MaxValue) return size;
            if (end.Equals(size)) return size;
            if (size.IsConstant && symbols.IsNotNegative(end)) return symbols.Limited(end, size.Factor);
        }

        if (step == 1 && size.IsConstant && start.IsConstant && end.IsConstant)
        {
            int length = (int)Math.Min(size.Factor, int.MaxValue);
            return Dim.Of(Math.Max(0, Clamp(end.Factor, length) - Clamp(start.Factor, length)));
        }

        return symbols.Fresh(isSize: true);
    }
}
