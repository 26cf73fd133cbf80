using System.Globalization;
using Thaw.Onnx.Format;

namespace Thaw.Onnx.Traits;

/// <summary>An input or output as the file declares it.</summary>
/// <param name="Dimensions">Sizes and names, such as "batch" or "128", and "?" for one without either; null if no shape is declared.</param>
public sealed record DeclaredTensor(string Name, TensorElementType ElementType, IReadOnlyList<string>? Dimensions)
{
    /// <exception cref="ModelFormatException">The message is damaged.</exception>
    internal static DeclaredTensor Parse(OnnxValue value)
    {
        var type = TensorElementType.Undefined;
        List<string>? dimensions = null;
        if (Find(value.Encoded, Fields.ValueInfo.Type) is { } declared && Find(declared, Fields.Type.Tensor) is { } tensor)
        {
            var reader = new FieldReader(tensor);
            while (reader.Next())
            {
                if (reader.Is(Fields.TensorType.ElementType, WireType.Varint)) type = (TensorElementType)reader.Integer;
                if (reader.Is(Fields.TensorType.Shape, WireType.Bytes)) dimensions = ReadShape(reader.Content);
            }
        }

        return new DeclaredTensor(value.Name, type, dimensions);
    }

    private static List<string> ReadShape(ReadOnlyMemory<byte> shape)
    {
        List<string> dimensions = [];
        var reader = new FieldReader(shape);
        while (reader.Next())
        {
            if (reader.Is(Fields.Shape.Dimension, WireType.Bytes)) dimensions.Add(ReadDimension(reader.Content));
        }

        return dimensions;
    }

    private static string ReadDimension(ReadOnlyMemory<byte> dimension)
    {
        var reader = new FieldReader(dimension);
        while (reader.Next())
        {
            if (reader.Is(Fields.Dimension.Value, WireType.Varint)) return reader.Integer.ToString(CultureInfo.InvariantCulture);
            if (reader.Is(Fields.Dimension.Parameter, WireType.Bytes) && reader.Text.Length > 0) return reader.Text;
        }

        return "?";
    }

    private static ReadOnlyMemory<byte>? Find(ReadOnlyMemory<byte> message, int number)
    {
        var reader = new FieldReader(message);
        while (reader.Next())
        {
            if (reader.Is(number, WireType.Bytes)) return reader.Content;
        }

        return null;
    }
}
