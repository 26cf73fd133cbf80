using System.Buffers.Binary;
using System.Text;

namespace Thaw.Onnx.Format;

/// <summary>A node's attribute (AttributeProto). Immutable, as <see cref="OnnxNode"/> is; kinds without a property here keep their encoded form.</summary>
internal sealed record OnnxAttribute
{
    private readonly ReadOnlyMemory<byte> _encoded;

    private OnnxAttribute(ReadOnlyMemory<byte> encoded) => _encoded = encoded;

    public string Name { get; private init; } = "";

    public AttributeType Type { get; private init; }

    public float Float { get; private init; }

    public long Integer { get; private init; }

    public string Text { get; private init; } = "";

    public OnnxTensor? Tensor { get; private init; }

    public IReadOnlyList<float> Floats { get; private init; } = [];

    public IReadOnlyList<long> Integers { get; private init; } = [];

    /// <summary>Subgraphs, encoded.</summary>
    public IReadOnlyList<ReadOnlyMemory<byte>> Graphs { get; private init; } = [];

    public static OnnxAttribute Of(string name, float value) => New(name, AttributeType.Float, message => message.Single(Fields.Attribute.Float, value));

    public static OnnxAttribute Of(string name, long value) => New(name, AttributeType.Integer, message => message.Integer(Fields.Attribute.Integer, value));

    public static OnnxAttribute Of(string name, string value) => New(name, AttributeType.Text, message => message.Text(Fields.Attribute.Text, value));

    public static OnnxAttribute Of(string name, IReadOnlyList<long> values) =>
        New(name, AttributeType.Integers, message => message.Integers(Fields.Attribute.Integers, values));

    public static OnnxAttribute Of(string name, OnnxTensor value) =>
        New(name, AttributeType.Tensor, message => value.Write(message, Fields.Attribute.Tensor, ownFile: null));

    public static OnnxAttribute Parse(ReadOnlyMemory<byte> message)
    {
        string name = "";
        var type = AttributeType.Undefined;
        float number = 0;
        long integer = 0;
        string text = "";
        OnnxTensor? tensor = null;
        List<float> floats = [];
        List<long> integers = [];
        List<ReadOnlyMemory<byte>> graphs = [];
        var reader = new FieldReader(message);
        while (reader.Next())
        {
            switch (reader.Number, reader.Type)
            {
                case (Fields.Attribute.Name, WireType.Bytes):
                    name = reader.Text;
                    break;
                case (Fields.Attribute.Type, WireType.Varint):
                    type = (AttributeType)reader.Integer;
                    break;
                case (Fields.Attribute.Float, WireType.Fixed32):
                    number = BinaryPrimitives.ReadSingleLittleEndian(reader.Content.Span);
                    break;
                case (Fields.Attribute.Integer, WireType.Varint):
                    integer = reader.Integer;
                    break;
                case (Fields.Attribute.Text, WireType.Bytes):
                    // By definition arbitrary bytes; code that reads it as text only compares it with ASCII.
                    text = Encoding.UTF8.GetString(reader.Content.Span);
                    break;
                case (Fields.Attribute.Tensor, WireType.Bytes):
                    tensor = OnnxTensor.Parse(reader.Content);
                    break;
                case (Fields.Attribute.Graph or Fields.Attribute.Graphs, WireType.Bytes):
                    graphs.Add(reader.Content);
                    break;
                case (Fields.Attribute.Floats, WireType.Fixed32 or WireType.Bytes):
                    ProtoField.ReadPacked(reader.Content.Span, floats);
                    break;
                case (Fields.Attribute.Integers, WireType.Varint):
                    integers.Add(reader.Integer);
                    break;
                case (Fields.Attribute.Integers, WireType.Bytes):
                    ProtoField.ReadPacked(reader.Content.Span, integers);
                    break;
            }
        }

        return new OnnxAttribute(message)
        {
            Name = name, Type = type, Float = number, Integer = integer, Text = text, Tensor = tensor, Floats = floats, Integers = integers, Graphs = graphs,
        };
    }

    /// <summary>The encoded message.</summary>
    public ReadOnlySpan<byte> Encoded => _encoded.Span;

    public void Write(ProtoWriter node) => node.Bytes(Fields.Node.Attribute, _encoded.Span);

    private static OnnxAttribute New(string name, AttributeType type, Action<ProtoWriter> writeValue)
    {
        var message = new ProtoWriter();
        message.Text(Fields.Attribute.Name, name);
        writeValue(message);
        message.Integer(Fields.Attribute.Type, (long)type);
        return Parse(message.Written);
    }
}
