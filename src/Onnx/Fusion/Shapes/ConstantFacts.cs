using System.Runtime.InteropServices;
using Thaw.Onnx.Format;

namespace Thaw.Onnx.Fusion.Shapes;

/// <summary>What is known of constant tensors.</summary>
internal static class ConstantFacts
{
    private const int LongestRead = 16;

    public static ValueFacts Of(OnnxTensor tensor)
    {
        Dim[] shape = [.. tensor.Dims.Select(Dim.Of)];
        var facts = new ValueFacts { Type = tensor.ElementType, Shape = shape };
        if (tensor.Location is not null || ReshapingRules.Product(shape) is not { IsConstant: true, Factor: >= 0 and <= LongestRead } count) return facts;
        return tensor.ElementType switch
        {
            TensorElementType.Int64 or TensorElementType.Int32 or TensorElementType.Bool when shape.Length <= 1 => facts with { Integers = Integers(tensor) },
            TensorElementType.Float32 when count.Factor == 1 && TensorValues.TryRead(tensor, out ReadOnlySpan<byte> bytes) && bytes.Length == sizeof(float) =>
                facts with { Number = MemoryMarshal.Read<float>(bytes) },
            _ => facts,
        };
    }

    /// <summary>The elements of a small tensor of integers; null when it has others than its dimensions say.</summary>
    public static Dim[]? Integers(OnnxTensor tensor)
    {
        if (tensor.Location is not null || !TensorValues.TryRead(tensor, out ReadOnlySpan<byte> bytes) || bytes.Length > LongestRead * sizeof(long)) return null;
        Dim[]? integers = tensor.ElementType switch
        {
            TensorElementType.Int64 when bytes.Length % sizeof(long) == 0 => Array.ConvertAll(MemoryMarshal.Cast<byte, long>(bytes).ToArray(), Dim.Of),
            TensorElementType.Int32 when bytes.Length % sizeof(int) == 0 => Array.ConvertAll(MemoryMarshal.Cast<byte, int>(bytes).ToArray(), value => Dim.Of(value)),
            TensorElementType.Bool => Array.ConvertAll(bytes.ToArray(), value => Dim.Of(value == 0 ? 0 : 1)),
            _ => null,
        };
        return ReshapingRules.Product([.. tensor.Dims.Select(Dim.Of)]) is { } count && integers is not null && count.Is(integers.Length) ? integers : null;
    }
}
