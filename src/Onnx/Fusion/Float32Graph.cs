using System.Runtime.InteropServices;
using Thaw.Onnx.Format;
using Thaw.Onnx.Fusion.Rewriting;
using Thaw.Onnx.Fusion.Shapes;

namespace Thaw.Onnx.Fusion;

/// <summary>
/// Turns a graph with weights of float16 or bfloat16 into one that computes the same in float32, as the processor's kernels do. Its weights become
/// float32 ones that are widened when they are read; of tables, which stay as they are, the rows that a run looks up are. Outputs become float32.
/// </summary>
internal sealed class Float32Graph
{
    // Operators that mean the same in float32, and whose attributes name no type except as Widened replaces it. The results of those that compare
    // or round can differ where float16 had rounded their operands.
    private static readonly HashSet<string> Known =
    [
        "Abs", "Add", "And", "ArgMax", "ArgMin", "Cast", "CastLike", "Ceil", "Clip", "Concat", "Constant", "ConstantOfShape", "CumSum", "Div", "Dropout",
        "DynamicQuantizeLinear", "Einsum", "Elu", "Equal", "Erf", "Exp", "Expand", "Flatten", "Floor", "Gather", "GatherElements", "GatherND", "Gelu", "Gemm",
        "Greater", "GreaterOrEqual", "HardSigmoid", "HardSwish", "Identity", "IsInf", "IsNaN", "LayerNormalization", "LeakyRelu", "Less", "LessOrEqual", "Log",
        "LogSoftmax", "MatMul", "MatMulInteger", "Max", "Mean", "Min", "Mish", "Mod", "Mul", "Neg", "NonZero", "Not", "OneHot", "Or", "Pad", "Pow", "PRelu",
        "Range", "Reciprocal", "ReduceL1", "ReduceL2", "ReduceLogSum", "ReduceLogSumExp", "ReduceMax", "ReduceMean", "ReduceMin", "ReduceProd", "ReduceSum",
        "ReduceSumSquare", "Relu", "Reshape", "Round", "ScatterElements", "ScatterND", "Selu", "Shape", "Sigmoid", "Sign", "Size", "Slice", "Softmax",
        "Softplus", "Softsign", "Split", "Sqrt", "Squeeze", "Sub", "Sum", "Tanh", "Tile", "TopK", "Transpose", "Trilu", "Unsqueeze", "Where", "Xor",
    ];

    private static readonly HashSet<string> KnownOfMicrosoft =
    [
        "Attention", "BiasGelu", "EmbedLayerNormalization", "FastGelu", "FusedMatMul", "Gelu", "MultiHeadAttention", "QuickGelu", "SkipLayerNormalization",
    ];

    private readonly OnnxGraph _graph;
    private readonly ValueNames _names;
    private readonly HashSet<string> _weights;
    private readonly HashSet<string> _outputs;

    private Float32Graph(OnnxGraph graph)
    {
        _graph = graph;
        _names = new ValueNames(_graph);
        _weights = [.. _graph.Initializers.Where(tensor => TensorValues.IsHalf(tensor.ElementType)).Select(tensor => tensor.Name)];
        _outputs = [.. _graph.Outputs.Select(output => output.Name)];
    }

    /// <summary>Rewrites the graph, unless it has no weights or constants of these types. It can no longer be written as a file then.</summary>
    /// <returns>Why it is left unchanged although it has some; otherwise null.</returns>
    /// <exception cref="ModelFormatException">A part of the graph is damaged.</exception>
    public static string? Apply(OnnxModelFile model)
    {
        OnnxTensor? half = Halves(model.Graph).FirstOrDefault();
        if (half is null) return null;
        if (Refuse(model) is { } reason) return $"it has weights of type {half.ElementType}, and {reason}";
        new Float32Graph(model.Graph).Rewrite();
        return null;
    }

    private static IEnumerable<OnnxTensor> Halves(OnnxGraph graph) => graph.Initializers
        .Concat(graph.Nodes.SelectMany(node => node.Attributes).Select(attribute => attribute.Tensor).OfType<OnnxTensor>())
        .Where(tensor => TensorValues.IsHalf(tensor.ElementType));

    private static string? Refuse(OnnxModelFile model)
    {
        OnnxGraph graph = model.Graph;
        if (EncoderFusion.HasFunctions(model) || graph.HasOthers) return "it defines functions, or has sparse or quantized initializers of its own";
        if (graph.Inputs.Find(input => IsHalf(input)) is { } half) return $"its input '{half.Name}' is of such a type too";
        OnnxNode? unknown = graph.Nodes.Find(node => !IsKnown(node));
        return unknown is null ? null : $"its operator {unknown.OpType} is not known to mean the same in float32";
    }

    private static bool IsKnown(OnnxNode node) =>
        node.IsStandard ? Known.Contains(node.OpType) : node.Domain == FusionGraph.Microsoft && KnownOfMicrosoft.Contains(node.OpType);

    private static bool IsHalf(OnnxValue value) => DeclaredType.Read(value, new Symbols()) is { } facts && TensorValues.IsHalf(facts.Type);

    private void Rewrite()
    {
        OnnxNode[] nodes = [.. WithoutCastsOfWeights()];
        ILookup<string, OnnxNode> readers = nodes
            .SelectMany(node => node.Inputs, (node, input) => (Node: node, Input: input))
            .ToLookup(read => read.Input, read => read.Node);
        Dictionary<string, bool> tables = _weights.ToDictionary(name => name, name => !_outputs.Contains(name));
        foreach (OnnxNode node in nodes)
        {
            for (int i = 0; i < node.Inputs.Count; i++)
            {
                if (_weights.Contains(node.Inputs[i])) tables[node.Inputs[i]] &= IsLookup(node) && i == 0;
            }
        }

        _graph.Nodes.Clear();
        foreach (OnnxNode node in nodes)
        {
            if (IsLookup(node) && tables.GetValueOrDefault(node.Inputs[0])) AddLookup(node, readers[node.Outputs[0]]);
            else _graph.Nodes.Add(node.Attributes.Any(IsHalf) ? node with { Attributes = [.. node.Attributes.Select(Widened)] } : node);
        }

        for (int i = 0; i < _graph.Initializers.Count; i++)
        {
            OnnxTensor tensor = _graph.Initializers[i];
            if (_weights.Contains(tensor.Name) && !tables[tensor.Name]) _graph.Initializers[i] = Widened(tensor);
        }

        for (int i = 0; i < _graph.Outputs.Count; i++)
        {
            if (IsHalf(_graph.Outputs[i])) _graph.Outputs[i] = DeclaredType.WithElements(_graph.Outputs[i], TensorElementType.Float32);
        }

        // They are no longer true.
        _graph.ValueInfos.RemoveAll(IsHalf);
    }

    /// <summary>The nodes without those that widen a weight: their readers read the weight, which is widened anyway.</summary>
    private IEnumerable<OnnxNode> WithoutCastsOfWeights()
    {
        Dictionary<string, string> instead = [];
        foreach (OnnxNode original in _graph.Nodes)
        {
            OnnxNode node = original.Inputs.Any(instead.ContainsKey)
                ? original with { Inputs = [.. original.Inputs.Select(input => instead.GetValueOrDefault(input, input))] }
                : original;
            bool isWidening = node is { IsStandard: true, OpType: "Cast", Inputs: [var input], Outputs: [var output] } && _weights.Contains(input)
                && !_outputs.Contains(output) && (TensorElementType?)node.Attribute("to")?.Integer is { } to
                && (to == TensorElementType.Float32 || TensorValues.IsHalf(to));
            if (isWidening) instead[node.Outputs[0]] = node.Inputs[0];
            else yield return node;
        }
    }

    /// <summary>Whether the node reads only some rows of its first input.</summary>
    private static bool IsLookup(OnnxNode node) =>
        node is { IsStandard: true, OpType: "Gather", Inputs.Count: 2, Outputs.Count: 1 } && node.Attribute("axis")?.Integer is null or 0;

    private void AddLookup(OnnxNode lookup, IEnumerable<OnnxNode> readers)
    {
        bool isWidened = !_outputs.Contains(lookup.Outputs[0]) && readers.All(reader =>
            reader is { IsStandard: true, OpType: "Cast" } && reader.Attribute("to")?.Integer == (long)TensorElementType.Float32);
        if (isWidened)
        {
            _graph.Nodes.Add(lookup);
            return;
        }

        string rows = _names.New($"{lookup.Outputs[0]}/rows");
        _graph.Nodes.Add(lookup with { Outputs = [rows] });
        _graph.Nodes.Add(new OnnxNode
        {
            OpType = "Cast", Inputs = [rows], Outputs = lookup.Outputs, Attributes = [OnnxAttribute.Of("to", (long)TensorElementType.Float32)],
        });
    }

    /// <summary>Whether the attribute is a tensor of one of the types, or names one: that of a Cast's output, or in which a LayerNormalization
    /// computes.</summary>
    private static bool IsHalf(OnnxAttribute attribute) => attribute.Tensor is { } tensor
        ? TensorValues.IsHalf(tensor.ElementType)
        : attribute.Name is "to" or "stash_type" && TensorValues.IsHalf((TensorElementType)attribute.Integer);

    private OnnxAttribute Widened(OnnxAttribute attribute)
    {
        if (!IsHalf(attribute)) return attribute;
        if (attribute.Tensor is not { } tensor) return OnnxAttribute.Of(attribute.Name, (long)TensorElementType.Float32);
        return tensor.Location is null
            ? OnnxAttribute.Of(attribute.Name, Widened(tensor))
            : throw new ModelFormatException("a tensor of a node is stored in another file");
    }

    private OnnxTensor Widened(OnnxTensor tensor)
    {
        if (tensor.Location is not null) return tensor with { ElementType = TensorElementType.Float32, WidenedFrom = tensor.ElementType };
        if (!TensorValues.TryRead(tensor, out ReadOnlySpan<byte> elements) || elements.Length != MappedInitializer.ByteLength(tensor.ElementType, tensor.Dims))
            throw new ModelFormatException($"the elements of {tensor.Name} do not have the size of the tensor");
        var widened = new float[elements.Length / TensorValues.HalfBytes];
        TensorValues.Widen(tensor.ElementType, elements, widened);
        if (widened.Length == 1) _graph.NumberType = tensor.ElementType;
        return new OnnxTensor
        {
            Name = tensor.Name, ElementType = TensorElementType.Float32, Dims = tensor.Dims, RawData = MemoryMarshal.AsBytes(widened.AsSpan()).ToArray(),
        };
    }
}
