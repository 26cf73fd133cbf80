using System.Text;

namespace Thaw.Onnx.Format;

/// <summary>Decides which initializers can stay in the file.</summary>
internal static class MappedInitializer
{
    private const int LongestText = 1 << 16;

    /// <summary>The initializer with the location of its elements, or null if it must be copied as it is: because it is small, or in a form that
    /// external data cannot have.</summary>
    /// <param name="message">An initializer of a graph.</param>
    /// <param name="smallest">The fewest bytes of an initializer that stays in the file.</param>
    /// <exception cref="ModelFormatException">It is damaged.</exception>
    public static OnnxTensor? TryRead(MappedFile file, FileField message, long smallest)
    {
        if (message.Field.ContentLength < smallest) return null;
        FileField? raw = null;
        string? name = null;
        var type = TensorElementType.Undefined;
        List<long> dims = [];
        var rest = new RestOfMessage();
        foreach (FileField field in FileField.Walk(file, message.Content, message.End))
        {
            // A repeated field would mean that the last one counts, or that both do; no exporter writes one.
            switch (field.Field.Number, field.Field.Type)
            {
                case (Fields.Tensor.Dims, WireType.Varint):
                    dims.Add((long)field.Field.Value);
                    break;
                case (Fields.Tensor.Dims, WireType.Bytes) when field.Field.ContentLength < LongestText:
                    ProtoField.ReadPacked(Content(file, field), dims);
                    break;
                case (Fields.Tensor.DataType, WireType.Varint) when type == TensorElementType.Undefined:
                    type = (TensorElementType)field.Field.Value;
                    break;
                case (Fields.Tensor.Name, WireType.Bytes) when name is null && field.Field.ContentLength < LongestText:
                    name = ReadName(Content(file, field));
                    break;
                case (Fields.Tensor.RawData, WireType.Bytes) when raw is null:
                    raw = field;
                    break;
                case (Fields.Tensor.DocString, WireType.Bytes) when field.Field.ContentLength < LongestText:
                    rest.Add(file.Span(field.Start, (int)(field.End - field.Start)).ToArray());
                    break;
                default:
                    return null;
            }
        }

        if (raw is not { } data || name is null || data.Field.ContentLength < smallest || data.Field.ContentLength != ByteLength(type, dims)) return null;
        return new OnnxTensor
        {
            Name = name, ElementType = type, Dims = dims, Location = new TensorLocation(null, data.Content, data.Field.ContentLength), Rest = rest.Bytes,
        };
    }

    /// <summary>Length of a tensor's elements in bytes; -1 for text, for elements smaller than a byte and for dimensions out of range.</summary>
    public static long ByteLength(TensorElementType type, IReadOnlyList<long> dims)
    {
        Int128 length = type switch
        {
            TensorElementType.UInt8 or TensorElementType.Int8 or TensorElementType.Bool => 1,
            TensorElementType.UInt16 or TensorElementType.Int16 or TensorElementType.Float16 or TensorElementType.BFloat16 => 2,
            TensorElementType.Float32 or TensorElementType.Int32 or TensorElementType.UInt32 => 4,
            TensorElementType.Float64 or TensorElementType.Int64 or TensorElementType.UInt64 => 8,
            _ => -1,
        };
        foreach (long dim in dims)
        {
            if (dim < 0 || length > long.MaxValue) return -1;
            length *= dim;
        }

        return length < 0 || length > long.MaxValue ? -1 : (long)length;
    }

    private static ReadOnlySpan<byte> Content(MappedFile file, FileField field) => file.Span(field.Content, (int)field.Field.ContentLength);

    private static string? ReadName(ReadOnlySpan<byte> utf8)
    {
        string name = Encoding.UTF8.GetString(utf8);
        // A name that is not UTF-8, or that a reader of C strings would cut short, would not survive being written again.
        bool survives = name.Length > 0 && !name.Contains('\0', StringComparison.Ordinal) && Encoding.UTF8.GetBytes(name).AsSpan().SequenceEqual(utf8);
        return survives ? name : null;
    }
}
