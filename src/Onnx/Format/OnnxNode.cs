namespace Thaw.Onnx.Format;

/// <summary>A node of a graph (NodeProto). Immutable: a node that was read is written back byte for byte; an edited copy (<c>with</c>) is encoded
/// again and keeps the fields that this type does not know.</summary>
internal sealed record OnnxNode
{
    // The message that was read; null for a new or an edited node.
    private readonly ReadOnlyMemory<byte>? _encoded;

    public OnnxNode()
    {
    }

    private OnnxNode(ReadOnlyMemory<byte> encoded) => _encoded = encoded;

    private OnnxNode(OnnxNode original)
    {
        Name = original.Name;
        OpType = original.OpType;
        Domain = original.Domain;
        Inputs = original.Inputs;
        Outputs = original.Outputs;
        Attributes = original.Attributes;
        Rest = original.Rest;
    }

    public string Name { get; init; } = "";

    public required string OpType { get; init; }

    /// <summary>Empty for ONNX's own operators.</summary>
    public string Domain { get; init; } = "";

    /// <summary>Names of values; empty for an optional one that is omitted.</summary>
    public IReadOnlyList<string> Inputs { get; init; } = [];

    /// <inheritdoc cref="Inputs"/>
    public IReadOnlyList<string> Outputs { get; init; } = [];

    public IReadOnlyList<OnnxAttribute> Attributes { get; init; } = [];

    /// <summary>Whether the operator is one of ONNX's own.</summary>
    public bool IsStandard => Domain is "" or "ai.onnx";

    /// <summary>Fields that this type does not know, each with its tag.</summary>
    public ReadOnlyMemory<byte> Rest { get; init; }

    public OnnxAttribute? Attribute(string name)
    {
        foreach (OnnxAttribute attribute in Attributes)
        {
            if (attribute.Name == name) return attribute;
        }

        return null;
    }

    public static OnnxNode Parse(ReadOnlyMemory<byte> message)
    {
        string name = "", opType = "", domain = "";
        List<string> inputs = [], outputs = [];
        List<OnnxAttribute> attributes = [];
        var rest = new RestOfMessage();
        var reader = new FieldReader(message);
        while (reader.Next())
        {
            if (reader.Type != WireType.Bytes) rest.Add(reader.Field);
            else if (reader.Number == Fields.Node.Input) inputs.Add(reader.Text);
            else if (reader.Number == Fields.Node.Output) outputs.Add(reader.Text);
            else if (reader.Number == Fields.Node.Name) name = reader.Text;
            else if (reader.Number == Fields.Node.OpType) opType = reader.Text;
            else if (reader.Number == Fields.Node.Domain) domain = reader.Text;
            else if (reader.Number == Fields.Node.Attribute) attributes.Add(OnnxAttribute.Parse(reader.Content));
            else rest.Add(reader.Field);
        }

        return new OnnxNode(message)
        {
            Name = name, OpType = opType, Domain = domain, Inputs = inputs, Outputs = outputs, Attributes = attributes, Rest = rest.Bytes,
        };
    }

    public void Write(ProtoWriter graph)
    {
        if (_encoded is { } encoded)
        {
            graph.Bytes(Fields.Graph.Node, encoded.Span);
            return;
        }

        int start = graph.Begin();
        graph.Texts(Fields.Node.Input, Inputs);
        graph.Texts(Fields.Node.Output, Outputs);
        if (Name.Length > 0) graph.Text(Fields.Node.Name, Name);
        graph.Text(Fields.Node.OpType, OpType);
        foreach (OnnxAttribute attribute in Attributes) attribute.Write(graph);
        if (Domain.Length > 0) graph.Text(Fields.Node.Domain, Domain);
        graph.Raw(Rest.Span);
        graph.End(Fields.Graph.Node, start);
    }
}
