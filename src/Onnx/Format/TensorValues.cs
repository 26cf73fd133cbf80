using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Thaw.Onnx.Format;

/// <summary>Reads the elements of a tensor in memory, from raw_data or from the field of its element type.</summary>
internal static class TensorValues
{
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
