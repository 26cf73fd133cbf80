namespace Thaw.Onnx.Format;

/// <summary>The main graph of an ONNX model. The lists may be edited; everything else (its name, quantization, sparse initializers) is kept as it
/// was read. Subgraphs are inside attributes and are not parsed.</summary>
internal sealed class OnnxGraph
{
    private readonly RepeatedField<OnnxNode> _nodes = new(OnnxNode.Parse);
    private readonly RepeatedField<OnnxValue> _inputs = new(OnnxValue.Parse);
    private readonly RepeatedField<OnnxValue> _outputs = new(OnnxValue.Parse);
    private readonly RepeatedField<OnnxValue> _valueInfos = new(OnnxValue.Parse);

    // The message's fields in the order in which they were read: one of the lists above, at the place of its first entry, or another field.
    private readonly List<(int List, ReadOnlyMemory<byte> Other)> _order = [];

    /// <summary>Sorted so that each node comes after the nodes whose outputs it reads, as ONNX requires.</summary>
    public List<OnnxNode> Nodes => _nodes.Items;

    public List<OnnxTensor> Initializers { get; } = [];

    /// <summary>Initializers that are made of others, one after the other, by name.</summary>
    public Dictionary<string, IReadOnlyList<JoinedPart>> Joined { get; } = [];

    /// <summary>Initializers whose values no rewriting has depended on, although it looks at others of their size, by name.</summary>
    public HashSet<string> Opaque { get; } = [];

    /// <summary>The type that the numbers of the computation, such as 1 / sqrt(2), were rounded to before they were widened to float32.</summary>
    public TensorElementType NumberType { get; set; } = TensorElementType.Float32;

    /// <summary>Values that <see cref="ValueInfos"/> declares because the rewriting has found out their shapes, by name.</summary>
    public HashSet<string> Sums { get; } = [];

    public List<OnnxValue> Inputs => _inputs.Items;

    public List<OnnxValue> Outputs => _outputs.Items;

    /// <summary>Types of values between nodes. ONNX Runtime infers missing ones.</summary>
    public List<OnnxValue> ValueInfos => _valueInfos.Items;

    /// <summary>Whether it has a field that changes what it computes and has no property here, such as sparse initializers.</summary>
    public bool HasOthers { get; private set; }

    /// <summary>Adds a field as it was read.</summary>
    public void Read(ProtoField field, ReadOnlyMemory<byte> whole)
    {
        ReadOnlyMemory<byte> content = whole[field.HeaderLength..];
        switch (field.Type == WireType.Bytes ? field.Number : 0)
        {
            case Fields.Graph.Node:
                _nodes.Add(content);
                break;
            case Fields.Graph.Input:
                _inputs.Add(content);
                break;
            case Fields.Graph.Output:
                _outputs.Add(content);
                break;
            case Fields.Graph.ValueInfo:
                _valueInfos.Add(content);
                break;
            default:
                _order.Add((0, whole));
                HasOthers |= field.Number is not (Fields.Graph.Name or Fields.Graph.DocString or Fields.Graph.MetadataProps);
                return;
        }

        Place(field.Number);
    }

    public void Read(OnnxTensor initializer)
    {
        Initializers.Add(initializer);
        Place(Fields.Graph.Initializer);
    }

    /// <param name="ownFile">Name of the model file, used as the location of external data.</param>
    public void Write(ProtoWriter writer, string? ownFile)
    {
        int start = writer.Begin();
        foreach ((int list, ReadOnlyMemory<byte> other) in _order)
        {
            if (list == 0) writer.Raw(other.Span);
            else WriteList(writer, list, ownFile);
        }

        int[] lists = [Fields.Graph.Node, Fields.Graph.Initializer, Fields.Graph.Input, Fields.Graph.Output, Fields.Graph.ValueInfo];
        foreach (int list in lists)
        {
            if (!_order.Exists(entry => entry.List == list)) WriteList(writer, list, ownFile);
        }

        writer.End(Fields.Model.Graph, start);
    }

    private void WriteList(ProtoWriter writer, int list, string? ownFile)
    {
        switch (list)
        {
            case Fields.Graph.Node:
                _nodes.Write(writer, list, node => node.Write(writer));
                break;
            case Fields.Graph.Initializer:
                Initializers.ForEach(tensor => tensor.Write(writer, list, ownFile));
                break;
            case Fields.Graph.Input:
                _inputs.Write(writer, list, value => writer.Bytes(list, value.Encoded.Span));
                break;
            case Fields.Graph.Output:
                _outputs.Write(writer, list, value => writer.Bytes(list, value.Encoded.Span));
                break;
            case Fields.Graph.ValueInfo:
                _valueInfos.Write(writer, list, value => writer.Bytes(list, value.Encoded.Span));
                break;
        }
    }

    private void Place(int list)
    {
        // Entries of one list almost always follow one another.
        if (_order.Count > 0 && _order[^1].List == list) return;
        if (!_order.Exists(entry => entry.List == list)) _order.Add((list, default));
    }
}
