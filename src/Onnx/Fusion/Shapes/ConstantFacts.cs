using System.Runtime.InteropServices;
using Thaw.Onnx.Format;

namespace Thaw.Onnx.Fusion.Shapes;

/// <summary>What is known about constant tensors.</summary>
internal static class ConstantFacts
{
    // In elements; enough for shapes and axes.
    private const int LongestRead = 16;

    public static ValueFacts Of(OnnxTensor tensor)
    {
        Dim[] shape = [.. tensor.Dims.Select(Dim.Of)];
        var facts = new ValueFacts { Type = tensor.ElementType, Shape = shape };
        if (tensor.Location is not null || ReshapingRules.Product(shape) is not { IsConstant: true, Factor: >= 0 and <= LongestRead } count) return facts;
        return tensor.ElementType switch
        {
            TensorElementType.Int64 or TensorElementType.Int32 or TensorElementType.Bool when shape.Length <= 1 => facts with { Integers = Integers(tensor) },
            TensorElementType.Float32 when count.Factor == 1 && TensorValues.TryRead(tensor, out ReadOnlySpan<byte> bytes)
                && bytes.Length == sizeof(float) => facts with { Number = MemoryMarshal.Read<float>(bytes) },
            _ => facts,
        };
    }

    /// <summary>The elements of a small tensor of integers; null if it is not one, or if their number is not what its dimensions say.</summary>
    public static Dim[]? Integers(OnnxTensor tensor)
    {
        if (tensor.Location is not null || !TensorValues.TryRead(tensor, out ReadOnlySpan<byte> bytes)) return null;
        if (bytes.Length > LongestRead * sizeof(long)) return null;
        Dim[]? integers = tensor.ElementType switch
        {
            TensorElementType.Int64 when bytes.Length % sizeof(long) == 0 => Array.ConvertAll(MemoryMarshal.Cast<byte, long>(bytes).ToArray(), Dim.Of),
            TensorElementType.Int32 when bytes.Length % sizeof(int) == 0 => [.. MemoryMarshal.Cast<byte, int>(bytes).ToArray().Select(value => Dim.Of(value))],
            TensorElementType.Bool => Array.ConvertAll(bytes.ToArray(), value => Dim.Of(value == 0 ? 0 : 1)),
            _ => null,
        };
        return integers is not null && ReshapingRules.Product([.. tensor.Dims.Select(Dim.Of)])?.Is(integers.Length) == true ? integers : null;
    }
}
