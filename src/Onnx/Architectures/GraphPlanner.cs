using Thaw.Onnx.Format;
using Thaw.Onnx.Fusion;
using Thaw.Onnx.Fusion.Rewriting;
using Thaw.Onnx.Preparing;
using Thaw.Onnx.Traits;

namespace Thaw.Onnx.Architectures;

/// <summary>Finds out which weights of a fused graph can be inputs, and writes the graph of its architecture.</summary>
internal sealed class GraphPlanner
{
    // In bytes: constants are part of the graph of an architecture, which is kept in memory.
    private const long MostConstants = 1 << 20;

    // In bytes; the smallest encoders have weights of this size.
    private const long SmallestTransposed = 1024;

    private readonly OnnxModelFile _model;
    private readonly ModelOutline _outline;
    private readonly WeightReaders _readers;
    private readonly Dictionary<string, OnnxTensor> _initializers;
    private readonly Dictionary<string, int> _positions = [];
    private readonly List<string> _slots = [];

    private GraphPlanner(OnnxModelFile model, ModelOutline outline)
    {
        (_model, _outline) = (model, outline);
        _readers = new WeightReaders(model.Graph);
        _initializers = model.Graph.Initializers.ToDictionary(tensor => tensor.Name);
        for (int i = 0; i < outline.Initializers.Count; i++) _positions.Add(outline.Initializers[i].Name, i);
    }

    /// <summary>Plans a model. Its graph is rewritten further.</summary>
    /// <param name="model">With its fused graph.</param>
    /// <param name="outline">Of the same files.</param>
    /// <param name="traits">Of the graph before it was fused.</param>
    /// <param name="reason">If the result is null, why the model needs a session of its own.</param>
    /// <exception cref="ModelFormatException">The graph is damaged.</exception>
    public static GraphPlan? TryPlan(OnnxModelFile model, ModelOutline outline, GraphTraits? traits, out string? reason)
    {
        reason = Refuse(model);
        return reason is null ? new GraphPlanner(model, outline).TryPlan(traits, out reason) : null;
    }

    private static string? Refuse(OnnxModelFile model)
    {
        OnnxGraph graph = model.Graph;
        if (!EncoderFusion.IsComplete(graph)) return "ONNX Runtime must optimize its graph, because it is not one that is rewritten completely";
        if (EncoderFusion.HasFunctions(model) || graph.HasOthers) return "it defines functions, or has sparse or quantized initializers of its own";
        if (graph.Nodes.Exists(node => node.Attributes.Any(attribute => attribute.Graphs.Count > 0))) return "a node of it contains a graph";
        HashSet<string> constants = [.. graph.Initializers.Select(tensor => tensor.Name)];
        return graph.Inputs.Concat(graph.Outputs).Any(value => constants.Contains(value.Name)) ? "one of its inputs or outputs is an initializer too" : null;
    }

    private GraphPlan? TryPlan(GraphTraits? traits, out string? reason)
    {
        OnnxGraph graph = _model.Graph;
        foreach (string name in _readers.InOrder)
        {
            if (IsSlot(name)) _slots.Add(name);
        }

        reason = RefuseConstants([.. _readers.InOrder.Except(_slots)]);
        if (reason is not null) return null;

        _model.AddOpset(FusionGraph.Microsoft, 1);
        var labels = new LabelDimensions(graph, _readers, _slots);
        int[] free = [.. _slots.Select((name, slot) => IsTable(name) ? 0 : labels.DimensionOf(slot))];
        ArchitectureGraph exported = Write(free, labels);
        bool isQuantized = graph.Nodes.Exists(node => node is { Domain: FusionGraph.Microsoft, OpType: "MatMulIntegerToFloat" });
        HashSet<string> transposed = isQuantized ? [] : WeightTransposition.Apply(_model, _readers, SmallestTransposed);
        int[] freeLaidOut = [.. _slots.Select((name, slot) => transposed.Contains(name) && free[slot] >= 0 ? 1 - free[slot] : free[slot])];
        ArchitectureGraph? laidOut = transposed.Count > 0 ? Write(freeLaidOut, labels) : _slots.Exists(IsWidened) ? exported : null;
        HashSet<string> slots = [.. _slots];
        int[] assumed = [.. Enumerable.Range(0, _outline.Initializers.Count).Where(position => IsAssumed(position, slots))];
        return new GraphPlan
        {
            AsExported = exported,
            LaidOut = laidOut,
            IsQuantized = isQuantized,
            Slots = [.. _slots.Select((name, slot) => Slot(name, transposed.Contains(name), free[slot]))],
            LabelSlots = labels.SlotsOfOutputs,
            Assumed = assumed,
            AssumedElements = _outline.HashElements(assumed),
            Inputs = graph.Inputs.Count,
            Traits = traits,
        };
    }

    private string? RefuseConstants(IReadOnlyList<string> constants)
    {
        if (constants.FirstOrDefault(name => ByteLength(_initializers[name]) < 0) is { } unknown)
            return $"its constant {unknown} is of type {_initializers[unknown].ElementType}";
        if (_model.Graph.Joined.Values.Any(parts => parts.Any(part => part.Name is not null && !_positions.ContainsKey(part.Name))))
            return "some biases of its attention are Constant nodes";
        long bytes = constants.Sum(name => ByteLength(_initializers[name]));
        return bytes > MostConstants ? $"its graph needs {bytes >> 10} KiB of constants" : null;
    }

    private bool IsSlot(string name)
    {
        if (!_positions.ContainsKey(name) && !_model.Graph.Joined.ContainsKey(name)) return false;
        if (ByteLength(_initializers[name]) <= 0) return false;
        return _readers.OnlyReaders(name) is { } readers
            && readers.All(reader => WeightInputs.Accepts(_model.Graph.Nodes[reader.Node], reader.Input, _initializers[name]));
    }

    private bool IsWidened(string name) => _model.Graph.Joined.TryGetValue(name, out IReadOnlyList<JoinedPart>? parts)
        ? parts.Any(part => part.Name is not null && IsHalf(part.Name))
        : IsHalf(name) && _initializers[name].ElementType == TensorElementType.Float32;

    private bool IsHalf(string name) => TensorValues.IsHalf(_outline.Initializers[_positions[name]].ElementType);

    private bool IsTable(string name) =>
        _readers.OnlyReaders(name)!.All(reader => WeightInputs.IsTable(_model.Graph.Nodes[reader.Node], reader.Input));

    /// <summary>Whether the analysis may have read the elements of an initializer: of small ones it does, of a weight that is an input it knows only
    /// the type and the dimensions.</summary>
    private bool IsAssumed(int position, HashSet<string> slots)
    {
        OnnxTensor tensor = _outline.Initializers[position];
        bool isWeight = tensor.ElementType is TensorElementType.Float32 or TensorElementType.Float16 or TensorElementType.BFloat16
            or TensorElementType.Int8 or TensorElementType.UInt8;
        if (isWeight && (tensor.Dims.Any(dim => dim > 1) || _model.Graph.Opaque.Contains(tensor.Name)))
            return _initializers.ContainsKey(tensor.Name) && !slots.Contains(tensor.Name);
        return ByteLength(tensor) is >= 0 and <= MostConstants;
    }

    private static long ByteLength(OnnxTensor tensor) => MappedInitializer.ByteLength(tensor.ElementType, tensor.Dims);

    private ArchitectureGraph Write(int[] free, LabelDimensions labels)
    {
        OnnxGraph graph = _model.Graph;
        Dictionary<string, OnnxTensor> tensors = graph.Initializers.ToDictionary(tensor => tensor.Name);
        object[][] dims = [.. _slots.Select((name, slot) => Dimensions(tensors[name], slot))];
        ReadOnlyMemory<byte> model = new CanonicalGraph(_model, _slots).Write(dims, labels.Names);
        OnnxNode[] nodes = [.. graph.Nodes];
        ReadOnlyMemory<byte> turned = WeightFirst.Apply(graph) > 0 ? new CanonicalGraph(_model, _slots).Write(dims, labels.Names) : default;
        graph.Nodes.Clear();
        graph.Nodes.AddRange(nodes);
        return new ArchitectureGraph(model, turned);

        object[] Dimensions(OnnxTensor tensor, int slot)
        {
            object[] all = [.. tensor.Dims.Select(dim => (object)dim)];
            if (free[slot] >= 0) all[free[slot]] = labels.NameOf(slot) ?? $"rows:{slot}";
            return all;
        }
    }

    private WeightSlot Slot(string name, bool isTransposed, int free)
    {
        IReadOnlyList<WeightPart> parts = _model.Graph.Joined.TryGetValue(name, out IReadOnlyList<JoinedPart>? joined)
            ? [.. joined.Select(part => new WeightPart(part.Name is null ? -1 : _positions[part.Name], part.Count))]
            : [new WeightPart(_positions[name], _initializers[name].Dims.Aggregate(1L, (count, dim) => count * dim))];
        return new WeightSlot
        {
            ElementType = _initializers[name].ElementType,
            Parts = parts,
            IsTable = IsTable(name),
            IsTransposed = isTransposed,
            FreeDimension = free,
        };
    }
}
