namespace Thaw.Onnx.Format;

/// <summary>A model's main graph. The lists are there to be edited; what they do not hold (its name, quantization, sparse initializers)
/// is kept as it was read. Subgraphs lie inside of attributes and are not taken apart.</summary>
internal sealed class OnnxGraph
{
    private readonly RepeatedField<OnnxNode> _nodes = new(OnnxNode.Parse);
    private readonly RepeatedField<OnnxValue> _inputs = new(OnnxValue.Parse);
    private readonly RepeatedField<OnnxValue> _outputs = new(OnnxValue.Parse);
    private readonly RepeatedField<OnnxValue> _valueInfos = new(OnnxValue.Parse);

    // Fields of the message in the order in which they were read: one of these lists, where its first entry was, or other fields.
    private readonly List<(int List, ReadOnlyMemory<byte> Other)> _order = [];

    /// <summary>In an order in which they can be run, as ONNX demands.</summary>
    public List<OnnxNode> Nodes => _nodes.Items;

    public List<OnnxTensor> Initializers { get; } = [];

    public List<OnnxValue> Inputs => _inputs.Items;

    public List<OnnxValue> Outputs => _outputs.Items;

    /// <summary>Types of values between nodes. ONNX Runtime infers those that are missing.</summary>
    public List<OnnxValue> ValueInfos => _valueInfos.Items;

    /// <summary>Takes a field as it was read.</summary>
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
                return;
        }

        Place(field.Number);
    }

    public void Read(OnnxTensor initializer)
    {
        Initializers.Add(initializer);
        Place(Fields.Graph.Initializer);
    }

    /// <param name="ownFile">What stands for the model file as the place of external data.</param>
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
