using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Thaw.Onnx.Format;

/// <summary>Widens float16 and bfloat16 to float32, which has all of their values.</summary>
internal static class HalfNumbers
{
    /// <summary>Bytes of an element.</summary>
    public const int Size = 2;

    public static bool Includes(TensorElementType type) => type is TensorElementType.Float16 or TensorElementType.BFloat16;

    /// <param name="from">Elements of this type, little-endian, at any address.</param>
    /// <param name="to">As many elements.</param>
    public static void Widen(TensorElementType type, ReadOnlySpan<byte> from, Span<float> to)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(from.Length, to.Length * Size, nameof(from));
        if (type == TensorElementType.Float16) TensorPrimitives.ConvertToSingle(MemoryMarshal.Cast<byte, Half>(from), to);
        else if (type == TensorElementType.BFloat16) Shift(MemoryMarshal.Cast<byte, ushort>(from), MemoryMarshal.Cast<float, uint>(to));
        else throw new ArgumentOutOfRangeException(nameof(type), type, "It is neither float16 nor bfloat16.");
    }

    /// <summary>A bfloat16 is the first half of a float32.</summary>
    private static void Shift(ReadOnlySpan<ushort> from, Span<uint> to)
    {
        ref ushort source = ref MemoryMarshal.GetReference(from);
        ref uint target = ref MemoryMarshal.GetReference(to);
        int i = 0;
        for (; i <= from.Length - Vector128<ushort>.Count; i += Vector128<ushort>.Count)
        {
            (Vector128<uint> lower, Vector128<uint> upper) = Vector128.Widen(Vector128.LoadUnsafe(ref source, (nuint)i));
            (lower << 16).StoreUnsafe(ref target, (nuint)i);
            (upper << 16).StoreUnsafe(ref target, (nuint)(i + Vector128<uint>.Count));
        }

        for (; i < from.Length; i++) to[i] = (uint)from[i] << 16;
    }
}
