namespace Thaw.Onnx.Format;

/// <summary>A graph's input or output, or the declared type of a value between nodes (ValueInfoProto). Immutable.</summary>
/// <param name="Encoded">The whole message: name and type.</param>
internal sealed record OnnxValue(string Name, ReadOnlyMemory<byte> Encoded)
{
    public static OnnxValue Parse(ReadOnlyMemory<byte> message)
    {
        string name = "";
        var reader = new FieldReader(message);
        while (reader.Next())
        {
            if (reader.Is(Fields.ValueInfo.Name, WireType.Bytes)) name = reader.Text;
        }

        return new OnnxValue(name, message);
    }
}
