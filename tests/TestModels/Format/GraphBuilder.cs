namespace Thaw.TestModels.Format;

/// <summary>
/// Collects a graph: nodes, inputs and outputs as encoded bytes (a few hundred KB), initializers as descriptions.
/// Fields are in the order in which PyTorch's exporter writes them.
/// </summary>
internal sealed class GraphBuilder(bool packIntegers)
{
    private readonly MessageWriter _nodes = new(packIntegers);
    private readonly MessageWriter _values = new(packIntegers);
    private readonly List<Initializer> _initializers = [];

    public int NodeCount { get; private set; }

    public string Node(
        string name, string op, string domain, string?[] inputs, string[] outputs, params (string Name, object Value)[] attributes)
    {
        var node = new MessageWriter();
        // An optional input that is left out has an empty name.
        foreach (string? input in inputs) node.String(OnnxFields.Node.Input, input ?? "");
        foreach (string output in outputs) node.String(OnnxFields.Node.Output, output);
        node.String(OnnxFields.Node.Name, name);
        node.String(OnnxFields.Node.OpType, op);
        foreach ((string attribute, object value) in attributes)
            node.Message(OnnxFields.Node.Attribute, Attribute(attribute, value));
        if (domain.Length > 0) node.String(OnnxFields.Node.Domain, domain);
        _nodes.Message(OnnxFields.Graph.Node, node);
        NodeCount++;
        return outputs[0];
    }

    public string Add(Initializer initializer)
    {
        _initializers.Add(initializer);
        return initializer.Name;
    }

    /// <param name="dims">Each a number or the name of a dynamic axis.</param>
    public void Input(string name, OnnxType type, params object[] dims) =>
        _values.Message(OnnxFields.Graph.Input, ValueInfo(name, type, dims));

    /// <inheritdoc cref="Input"/>
    public void Output(string name, OnnxType type, params object[] dims) =>
        _values.Message(OnnxFields.Graph.Output, ValueInfo(name, type, dims));

    public OnnxModel Build(string graphName, Producer producer, int opset, params string[] domains)
    {
        var head = new MessageWriter();
        // IR version 8 came with opset 15 (https://github.com/onnx/onnx/blob/main/docs/Versioning.md).
        head.Int64(OnnxFields.Model.IrVersion, opset >= 15 ? 8 : 7);
        head.String(OnnxFields.Model.ProducerName, producer.Name);
        head.String(OnnxFields.Model.ProducerVersion, producer.Version);
        _nodes.String(OnnxFields.Graph.Name, graphName);
        var tail = new MessageWriter();
        tail.Message(OnnxFields.Model.OpsetImport, OpsetImport("", opset));
        foreach (string domain in domains) tail.Message(OnnxFields.Model.OpsetImport, OpsetImport(domain, 1));
        return new OnnxModel(head, _nodes, _initializers, _values, tail, NodeCount, packIntegers);
    }

    private MessageWriter Attribute(string name, object value)
    {
        var message = new MessageWriter(packIntegers);
        message.String(OnnxFields.Attribute.Name, name);
        int type;
        switch (value)
        {
            case float number:
                message.Single(OnnxFields.Attribute.F, number);
                type = OnnxFields.Attribute.TypeFloat;
                break;
            case long number:
                message.Int64(OnnxFields.Attribute.I, number);
                type = OnnxFields.Attribute.TypeInt;
                break;
            case long[] numbers:
                message.RepeatedInt64(OnnxFields.Attribute.Ints, numbers);
                type = OnnxFields.Attribute.TypeInts;
                break;
            case SmallTensor tensor:
                message.Message(OnnxFields.Attribute.T, tensor.Encode(packIntegers));
                type = OnnxFields.Attribute.TypeTensor;
                break;
            default:
                throw new ArgumentException($"Attribute {name}: values of type {value.GetType().Name} are not supported.");
        }

        message.Int64(OnnxFields.Attribute.Type, type);
        return message;
    }

    private static MessageWriter ValueInfo(string name, OnnxType type, object[] dims)
    {
        var shape = new MessageWriter();
        foreach (object dim in dims)
        {
            var message = new MessageWriter();
            if (dim is string axis) message.String(OnnxFields.Shape.DimParam, axis);
            else message.Int64(OnnxFields.Shape.DimValue, (int)dim);
            shape.Message(OnnxFields.Shape.Dim, message);
        }

        var tensorType = new MessageWriter();
        tensorType.Int64(OnnxFields.Type.ElemType, (long)type);
        tensorType.Message(OnnxFields.Type.Shape, shape);
        var typeMessage = new MessageWriter();
        typeMessage.Message(OnnxFields.Type.TensorType, tensorType);
        var value = new MessageWriter();
        value.String(OnnxFields.ValueInfo.Name, name);
        value.Message(OnnxFields.ValueInfo.Type, typeMessage);
        return value;
    }

    private static MessageWriter OpsetImport(string domain, int version)
    {
        var message = new MessageWriter();
        // The default domain is left out, as PyTorch does.
        if (domain.Length > 0) message.String(OnnxFields.OperatorSetId.Domain, domain);
        message.Int64(OnnxFields.OperatorSetId.Version, version);
        return message;
    }
}
