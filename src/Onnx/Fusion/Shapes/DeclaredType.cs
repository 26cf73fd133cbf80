using System.Text;
using Thaw.Onnx.Format;

namespace Thaw.Onnx.Fusion.Shapes;

/// <summary>Reads the type that a graph declares for an input (ValueInfoProto.type in onnx.proto).</summary>
internal static class DeclaredType
{
    // Field numbers of ValueInfoProto, TypeProto, TypeProto.Tensor and TensorShapeProto.
    private const int Type = 2, TensorType = 1, ElementType = 1, Shape = 2, Dimension = 1, DimensionValue = 1, DimensionName = 2;

    /// <summary>The type and shape of a tensor; null for other types of values.</summary>
    public static ValueFacts? Read(OnnxValue value, Symbols symbols)
    {
        if (Find(value.Encoded, Type) is not { } type || Find(type, TensorType) is not { } tensor) return null;
        var elementType = TensorElementType.Undefined;
        Dim[]? shape = null;
        var reader = new FieldReader(tensor);
        while (reader.Next())
        {
            if (reader.Is(ElementType, WireType.Varint)) elementType = (TensorElementType)reader.Integer;
            else if (reader.Is(Shape, WireType.Bytes)) shape = ReadShape(reader.Content, symbols);
        }

        return new ValueFacts { Type = elementType, Shape = shape };
    }

    /// <summary>The declaration of a tensor.</summary>
    /// <param name="dims">A number for a fixed dimension, text for one that is named; null if not even the rank is known.</param>
    public static OnnxValue Of(string name, TensorElementType type, IReadOnlyList<object>? dims)
    {
        var writer = new ProtoWriter();
        Write(writer, name, type, dims);
        return new OnnxValue(name, writer.Written);
    }

    /// <summary>Writes the declaration of a tensor.</summary>
    /// <param name="field">Its place in the graph: input, output or value between nodes.</param>
    /// <inheritdoc cref="Of"/>
    public static void Write(ProtoWriter writer, int field, string name, TensorElementType type, IReadOnlyList<object>? dims)
    {
        int value = writer.Begin();
        Write(writer, name, type, dims);
        writer.End(field, value);
    }

    private static void Write(ProtoWriter writer, string name, TensorElementType type, IReadOnlyList<object>? dims)
    {
        writer.Text(Fields.ValueInfo.Name, name);
        int typed = writer.Begin(), tensor = writer.Begin();
        writer.Integer(ElementType, (long)type);
        if (dims is not null)
        {
            int shape = writer.Begin();
            foreach (object dim in dims)
            {
                int dimension = writer.Begin();
                if (dim is long size) writer.Integer(DimensionValue, size);
                else writer.Text(DimensionName, (string)dim);
                writer.End(Dimension, dimension);
            }

            writer.End(Shape, shape);
        }

        writer.End(TensorType, tensor);
        writer.End(Type, typed);
    }

    /// <summary>The declaration of a tensor with another type of elements.</summary>
    public static OnnxValue WithElements(OnnxValue value, TensorElementType type)
    {
        var writer = new ProtoWriter();
        writer.Text(Fields.ValueInfo.Name, value.Name);
        int typed = writer.Begin(), tensor = writer.Begin();
        writer.Integer(ElementType, (long)type);
        if (Find(value.Encoded, Type) is { } old && Find(old, TensorType) is { } oldTensor && Find(oldTensor, Shape) is { } shape)
            writer.Bytes(Shape, shape.Span);
        writer.End(TensorType, tensor);
        writer.End(Type, typed);
        return OnnxValue.Parse(writer.Written);
    }

    private static Dim[] ReadShape(ReadOnlyMemory<byte> message, Symbols symbols)
    {
        List<Dim> shape = [];
        var reader = new FieldReader(message);
        while (reader.Next())
        {
            if (reader.Is(Dimension, WireType.Bytes)) shape.Add(ReadDimension(reader.Content, symbols));
        }

        return [.. shape];
    }

    private static Dim ReadDimension(ReadOnlyMemory<byte> message, Symbols symbols)
    {
        Dim? dim = null;
        var reader = new FieldReader(message);
        while (reader.Next())
        {
            if (reader.Is(DimensionValue, WireType.Varint) && reader.Integer >= 0) dim = Dim.Of(reader.Integer);
            else if (reader.Is(DimensionName, WireType.Bytes) && !reader.Content.IsEmpty) dim = symbols.Named(Encoding.UTF8.GetString(reader.Content.Span));
        }

        return dim ?? symbols.Fresh(isSize: true);
    }

    private static ReadOnlyMemory<byte>? Find(ReadOnlyMemory<byte> message, int number)
    {
        ReadOnlyMemory<byte>? found = null;
        var reader = new FieldReader(message);
        while (reader.Next())
        {
            if (reader.Is(number, WireType.Bytes)) found = reader.Content;
        }

        return found;
    }
}
