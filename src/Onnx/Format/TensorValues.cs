using System.Buffers.Binary;
using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Thaw.Onnx.Format;

/// <summary>Reads the elements of a tensor in memory, from raw_data or from the field of its element type.</summary>
internal static class TensorValues
{
    /// <summary>Bytes of a float16 or bfloat16.</summary>
    public const int HalfBytes = 2;

    /// <summary>The elements, little-endian. False for text; and, outside raw_data, for types that only weights have.</summary>
    public static bool TryRead(OnnxTensor tensor, out ReadOnlySpan<byte> elements)
    {
        if (tensor.RawData is { } raw)
        {
            elements = raw.Span;
            return true;
        }

        elements = tensor.ElementType switch
        {
            TensorElementType.Float32 => MemoryMarshal.AsBytes(CollectionsMarshal.AsSpan(Singles(tensor.Rest))),
            TensorElementType.Int64 => MemoryMarshal.AsBytes(CollectionsMarshal.AsSpan(Integers(tensor.Rest, Fields.Tensor.Int64Data))),
            TensorElementType.Int32 => MemoryMarshal.AsBytes<int>(Integers(tensor.Rest, Fields.Tensor.Int32Data).ConvertAll(value => (int)value).ToArray()),
            TensorElementType.Float16 or TensorElementType.BFloat16 =>
                MemoryMarshal.AsBytes<ushort>(Integers(tensor.Rest, Fields.Tensor.Int32Data).ConvertAll(value => (ushort)value).ToArray()),
            TensorElementType.Int8 or TensorElementType.UInt8 => (byte[])[.. Integers(tensor.Rest, Fields.Tensor.Int32Data).Select(value => (byte)value)],
            TensorElementType.Bool => (byte[])[.. Integers(tensor.Rest, Fields.Tensor.Int32Data).Select(value => value == 0 ? (byte)0 : (byte)1)],
            _ => default,
        };
        return tensor.ElementType is TensorElementType.Float32 or TensorElementType.Int64 or TensorElementType.Int32 or TensorElementType.Bool
            or TensorElementType.Int8 or TensorElementType.UInt8 or TensorElementType.Float16 or TensorElementType.BFloat16;
    }

    public static bool IsHalf(TensorElementType type) => type is TensorElementType.Float16 or TensorElementType.BFloat16;

    /// <summary>Widens float16 or bfloat16 to float32, which has all of their values.</summary>
    /// <param name="from">Elements of this type, little-endian, at any address.</param>
    /// <param name="to">As many elements.</param>
    public static void Widen(TensorElementType type, ReadOnlySpan<byte> from, Span<float> to)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(from.Length, to.Length * HalfBytes, nameof(from));
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

    private static List<float> Singles(ReadOnlyMemory<byte> fields)
    {
        List<float> values = [];
        var reader = new FieldReader(fields);
        while (reader.Next())
        {
            if (reader.Number != Fields.Tensor.FloatData) continue;
            if (reader.Type == WireType.Bytes) ProtoField.ReadPacked(reader.Content.Span, values);
            else if (reader.Type == WireType.Fixed32) values.Add(BinaryPrimitives.ReadSingleLittleEndian(reader.Content.Span));
        }

        return values;
    }

    private static List<long> Integers(ReadOnlyMemory<byte> fields, int number)
    {
        List<long> values = [];
        var reader = new FieldReader(fields);
        while (reader.Next())
        {
            if (reader.Is(number, WireType.Bytes)) ProtoField.ReadPacked(reader.Content.Span, values);
            else if (reader.Is(number, WireType.Varint)) values.Add(reader.Integer);
        }

        return values;
    }
}
