namespace Thaw.Onnx.Format;

/// <summary>A set of operators that an ONNX model uses (OperatorSetIdProto). Immutable.</summary>
internal sealed record OpsetImport
{
    private readonly ReadOnlyMemory<byte> _encoded;

    private OpsetImport(string domain, long version, ReadOnlyMemory<byte> encoded) => (Domain, Version, _encoded) = (domain, version, encoded);

    /// <summary>Empty for ONNX's own operators.</summary>
    public string Domain { get; }

    public long Version { get; }

    public static OpsetImport Of(string domain, long version)
    {
        var message = new ProtoWriter();
        message.Text(Fields.OperatorSetId.Domain, domain);
        message.Integer(Fields.OperatorSetId.Version, version);
        return new OpsetImport(domain, version, message.Written);
    }

    public static OpsetImport Parse(ReadOnlyMemory<byte> message)
    {
        string domain = "";
        long version = 0;
        var reader = new FieldReader(message);
        while (reader.Next())
        {
            if (reader.Is(Fields.OperatorSetId.Domain, WireType.Bytes)) domain = reader.Text;
            if (reader.Is(Fields.OperatorSetId.Version, WireType.Varint)) version = reader.Integer;
        }

        return new OpsetImport(domain, version, message);
    }

    public void Write(ProtoWriter model) => model.Bytes(Fields.Model.OpsetImport, _encoded.Span);
}
