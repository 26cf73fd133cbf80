using System.Globalization;
using System.Runtime.InteropServices;
using Thaw.Onnx.Format;
using Thaw.Onnx.Fusion.Shapes;

namespace Thaw.Onnx.Fusion.Rewriting;

/// <summary>A graph while it is rewritten. A rewrite replaces the node that makes a value by one that makes the same value from earlier values;
/// nodes that nothing reads any more are removed at the end. So a rewrite that is right for one consumer is right for all.</summary>
internal sealed class FusionGraph
{
    public const string Microsoft = "com.microsoft";

    private readonly OnnxModelFile _model;
    private readonly HashSet<string> _names = [];
    private readonly Dictionary<string, OnnxTensor> _constants = [];
    private readonly Dictionary<string, OnnxTensor> _added = [];
    private readonly Dictionary<string, JoinedPart[]> _joined = [];
    private readonly HashSet<string> _outputs;
    private readonly Dictionary<string, int> _producers = [];
    private readonly Dictionary<string, List<int>> _consumers = [];
    private readonly Dictionary<int, List<OnnxNode>> _inserted = [];
    private readonly Dictionary<string, int> _insertedAfter = [];
    private List<OnnxNode> _nodes = [];
    private int _nextName;

    public FusionGraph(OnnxModelFile model, long opset)
    {
        _model = model;
        Facts = new FactTable(opset);
        _outputs = [.. model.Graph.Outputs.Select(output => output.Name)];
        foreach (OnnxTensor tensor in model.Graph.Initializers) _constants.Add(tensor.Name, tensor);
    }

    public FactTable Facts { get; }

    public IReadOnlyList<OnnxNode> Nodes => _nodes;

    public OnnxGraph Source => _model.Graph;

    public bool IsOutput(string value) => _outputs.Contains(value);

    public bool IsInput(string value) => Source.Inputs.Exists(input => input.Name == value);

    public OnnxTensor? Constant(string value) => _constants.GetValueOrDefault(value);

    /// <summary>Whether it is a constant vector of float32 of this length, such as a bias.</summary>
    public bool IsVector(string value, Dim length) =>
        Constant(value) is { ElementType: TensorElementType.Float32, Dims: [var only] } && length.Is(only);

    /// <summary>Elements of a constant of float32; false if it is not one, or longer than a span can be.</summary>
    public bool TryRead(string value, out ReadOnlySpan<float> elements)
    {
        elements = default;
        if (Constant(value) is not { ElementType: TensorElementType.Float32 } tensor || !_model.TryRead(tensor, out ReadOnlySpan<byte> bytes)) return false;
        elements = MemoryMarshal.Cast<byte, float>(bytes);
        return true;
    }

    /// <summary>Registers a name of the graph, so that <see cref="NewName"/> never returns it; false if it is already registered.</summary>
    public bool TryAddName(string name) => _names.Add(name);

    public string NewName(string use)
    {
        string name;
        do name = string.Create(CultureInfo.InvariantCulture, $"thaw/{use}_{_nextName++}");
        while (!_names.Add(name));
        return name;
    }

    /// <summary>Adds a Constant node's tensor as a constant of the graph.</summary>
    public void AddConstant(OnnxTensor tensor)
    {
        _constants.Add(tensor.Name, tensor);
        _added.Add(tensor.Name, tensor);
    }

    /// <summary>Adds a new constant and returns its name.</summary>
    public string AddConstant<T>(string use, TensorElementType type, ReadOnlySpan<T> elements, params long[] dims) where T : unmanaged
    {
        var tensor = new OnnxTensor { Name = NewName(use), ElementType = type, Dims = dims, RawData = MemoryMarshal.AsBytes(elements).ToArray() };
        AddConstant(tensor);
        Facts.Set(tensor.Name, ConstantFacts.Of(tensor));
        return tensor.Name;
    }

    /// <summary>Adds a vector that is joined from constants, and returns its name.</summary>
    public string AddJoined(string use, ReadOnlySpan<float> elements, JoinedPart[] parts)
    {
        string name = AddConstant(use, TensorElementType.Float32, elements, elements.Length);
        _joined.Add(name, parts);
        return name;
    }

    /// <summary>Sets the nodes, without those that nothing needs, and finds out which nodes make and read each value.</summary>
    public void SetNodes(List<OnnxNode> nodes)
    {
        _nodes = DeadNodes.Remove(nodes, _outputs);
        _producers.Clear();
        _consumers.Clear();
        for (int i = 0; i < _nodes.Count; i++)
        {
            OnnxNode node = _nodes[i];
            for (int output = 0; output < node.Outputs.Count; output++)
            {
                if (node.Outputs[output].Length > 0) _producers[node.Outputs[output]] = i;
            }

            for (int index = 0; index < node.Inputs.Count; index++)
            {
                string input = node.Inputs[index];
                if (input.Length == 0) continue;
                if (!_consumers.TryGetValue(input, out List<int>? consumers)) _consumers[input] = consumers = [];
                if (consumers.Count == 0 || consumers[^1] != i) consumers.Add(i);
            }
        }
    }

    /// <summary>The node that makes a value, if it is one of ONNX's own and of one of these types.</summary>
    public OnnxNode? Producer(string value, params ReadOnlySpan<string> opTypes) =>
        _producers.TryGetValue(value, out int index) && IsStandard(_nodes[index], opTypes) ? _nodes[index] : null;

    /// <summary>The node that reads a value, if it is the only one, one of ONNX's own and of one of these types, and the value is not an output of the
    /// graph.</summary>
    public OnnxNode? OnlyConsumer(string value, params ReadOnlySpan<string> opTypes)
    {
        if (_outputs.Contains(value) || !_consumers.TryGetValue(value, out List<int>? consumers) || consumers is not [var only]) return null;
        return IsStandard(_nodes[only], opTypes) ? _nodes[only] : null;
    }

    public IEnumerable<OnnxNode> Consumers(string value) =>
        _consumers.TryGetValue(value, out List<int>? consumers) ? consumers.Select(index => _nodes[index]) : [];

    /// <summary>The name of a value that is the shape of this one, if the graph has one.</summary>
    public string? ShapeOf(string value) =>
        Consumers(value).FirstOrDefault(node => IsStandard(node, ["Shape"]) && node.Attributes.Count == 0)?.Outputs[0];

    /// <summary>Whether only these nodes read a value, and it is not an output of the graph.</summary>
    public bool IsReadOnlyBy(string value, params ReadOnlySpan<OnnxNode> nodes)
    {
        if (_outputs.Contains(value)) return false;
        foreach (OnnxNode consumer in Consumers(value))
        {
            if (!Contains(nodes, consumer)) return false;
        }

        return true;
    }

    /// <summary>Replaces the node that makes <paramref name="value"/> by one that makes it as its first output.</summary>
    public void Replace(string value, OnnxNode node) => _nodes[_producers[value]] = node;

    /// <summary>Inserts a node after the nodes that make the values that it reads.</summary>
    public void Insert(OnnxNode node)
    {
        int last = -1;
        foreach (string input in node.Inputs)
            last = Math.Max(last, _insertedAfter.TryGetValue(input, out int after) ? after : _producers.GetValueOrDefault(input, -1));
        if (!_inserted.TryGetValue(last, out List<OnnxNode>? list)) _inserted[last] = list = [];
        list.Add(node);
        foreach (string output in node.Outputs) _insertedAfter[output] = last;
    }

    /// <summary>Offers each of ONNX's own nodes of these types to a pattern, in order, and settles the graph if it fused any.</summary>
    /// <returns>How many times the pattern fused.</returns>
    public int FuseEach(Func<OnnxNode, bool> tryFuse, params ReadOnlySpan<string> opTypes)
    {
        int count = 0;
        foreach (OnnxNode node in _nodes.ToArray())
        {
            if (IsStandard(node, opTypes) && tryFuse(node)) count++;
        }

        if (count > 0) Settle();
        return count;
    }

    /// <summary>Puts the inserted nodes in their places, and removes nodes that nothing needs.</summary>
    private void Settle()
    {
        List<OnnxNode> nodes = [.. _inserted.GetValueOrDefault(-1) ?? []];
        for (int i = 0; i < _nodes.Count; i++)
        {
            nodes.Add(_nodes[i]);
            if (_inserted.TryGetValue(i, out List<OnnxNode>? after)) nodes.AddRange(after);
        }

        _inserted.Clear();
        _insertedAfter.Clear();
        SetNodes(nodes);
    }

    /// <summary>Writes the nodes and the constants that they use back to the model.</summary>
    public void Store()
    {
        OnnxGraph graph = _model.Graph;
        graph.Nodes.Clear();
        graph.Nodes.AddRange(_nodes);
        bool IsUsed(string name) => _consumers.ContainsKey(name) || _outputs.Contains(name);
        graph.Initializers.RemoveAll(tensor => !IsUsed(tensor.Name));
        graph.Initializers.AddRange(_added.Values.Where(tensor => IsUsed(tensor.Name)));
        foreach ((string name, JoinedPart[] parts) in _joined) graph.Joined.Add(name, parts);
        graph.ValueInfos.RemoveAll(value => !_producers.ContainsKey(value.Name));
    }

    private static bool IsStandard(OnnxNode node, ReadOnlySpan<string> opTypes) => node.IsStandard && opTypes.Contains(node.OpType);

    private static bool Contains(ReadOnlySpan<OnnxNode> nodes, OnnxNode node)
    {
        foreach (OnnxNode candidate in nodes)
        {
            if (ReferenceEquals(candidate, node)) return true;
        }

        return false;
    }
}
