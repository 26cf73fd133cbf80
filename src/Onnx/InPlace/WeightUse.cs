using Thaw.Onnx.Format;
using Thaw.Onnx.Fusion.Rewriting;

namespace Thaw.Onnx.InPlace;

/// <summary>Finds out how the nodes of a graph use its mapped initializers, and which of them must be copied for that reason.</summary>
internal sealed class WeightUse
{
    // Kernels that can read a weight at any address, including those that ONNX Runtime fuses from them: a test runs each at every offset within a
    // cache line. In other kernels the compiler may have assumed that the address of a float is a multiple of four.
    private static readonly HashSet<string> Anywhere =
        ["MatMul", "Gemm", "Gather", "FusedMatMul", "FusedGemm", "Attention", "MultiHeadAttention", "EmbedLayerNormalization"];

    // Kernels that pack a weight if prepacking is on.
    private static readonly HashSet<string> Products =
        ["MatMul", "Gemm", "FusedMatMul", "FusedGemm", "Attention", "MatMulInteger", "DynamicQuantizeMatMul", "MatMulIntegerToFloat", "QAttention"];

    private readonly Dictionary<string, OnnxTensor> _mapped = [];
    private readonly HashSet<string> _constants;
    private readonly HashSet<string> _unaligned = [];
    private readonly HashSet<string> _folded = [];
    private readonly HashSet<string> _factors = [];
    private readonly HashSet<string> _whole = [];

    /// <exception cref="ModelFormatException">A node is damaged; or another value has the name of a mapped initializer, and would be replaced too; or
    /// a subgraph has external data.</exception>
    public WeightUse(OnnxGraph graph)
    {
        _constants = [.. graph.Initializers.Select(tensor => tensor.Name)];
        foreach (OnnxTensor tensor in graph.Initializers)
        {
            if (tensor.Location is not null) _mapped[tensor.Name] = tensor;
        }

        foreach (OnnxValue output in graph.Outputs) Read(output.Name, anywhere: false);
        foreach (OnnxNode node in graph.Nodes) Visit(node);
    }

    /// <summary>Names of the initializers that must be copied to an aligned address.</summary>
    public IReadOnlySet<string> Unaligned => _unaligned;

    public long UnalignedBytes => Length(_unaligned);

    /// <summary>Bytes of the factors of matrix products.</summary>
    public long FactorBytes => Length(_factors);

    /// <summary>Locations of the weights that every run reads completely. Embedding tables are not among them: a run reads only a few rows.</summary>
    public IEnumerable<TensorLocation> Whole => _whole.Select(name => _mapped[name].Location!);

    /// <summary>Bytes of the unaligned initializers, and of those that ONNX Runtime computes other constants from while it loads the model.</summary>
    public long CopiedBytes => Length(_unaligned.Union(_folded));

    private long Length(IEnumerable<string> names) => names.Sum(name => _mapped[name].Location!.Length);

    private void Visit(OnnxNode node)
    {
        bool anywhere = (node.IsStandard || node.Domain == FusionGraph.Microsoft) && Anywhere.Contains(node.OpType);
        bool isConstant = node.Inputs.All(input => input.Length == 0 || _constants.Contains(input));
        foreach (string input in node.Inputs)
        {
            Read(input, anywhere);
            if (!_mapped.TryGetValue(input, out OnnxTensor? tensor)) continue;
            if (isConstant) _folded.Add(input);
            if (node.OpType is not ("Gather" or "EmbedLayerNormalization")) _whole.Add(input);
            if (tensor.Dims.Count > 1 && Products.Contains(node.OpType)) _factors.Add(input);
        }

        foreach (string output in node.Outputs)
        {
            Define(output);
            if (isConstant) _constants.Add(output);
        }

        foreach (OnnxAttribute attribute in node.Attributes)
        {
            foreach (ReadOnlyMemory<byte> graph in attribute.Graphs) VisitSubgraph(graph);
        }
    }

    /// <summary>A subgraph can read the values of the graph around it, and may define values of the same names.</summary>
    private void VisitSubgraph(ReadOnlyMemory<byte> graph)
    {
        var reader = new FieldReader(graph);
        while (reader.Next())
        {
            if (reader.Is(Fields.Graph.Node, WireType.Bytes)) Visit(OnnxNode.Parse(reader.Content));
            else if (reader.Is(Fields.Graph.Initializer, WireType.Bytes)) Define(OnnxTensor.Parse(reader.Content));
            else if (reader.Is(Fields.Graph.Input, WireType.Bytes)) Define(OnnxValue.Parse(reader.Content).Name);
            else if (reader.Is(Fields.Graph.Output, WireType.Bytes)) Read(OnnxValue.Parse(reader.Content).Name, anywhere: false);
        }
    }

    private void Read(string name, bool anywhere)
    {
        if (anywhere || !_mapped.TryGetValue(name, out OnnxTensor? tensor)) return;
        if (tensor.Location!.Offset % MappedInitializer.ByteLength(tensor.ElementType, []) != 0) _unaligned.Add(name);
    }

    /// <summary>External data are refused: ONNX Runtime would read them from files that are not watched for changes.</summary>
    private void Define(OnnxTensor initializer)
    {
        if (initializer.Location is not null) throw new ModelFormatException($"the initializer {initializer.Name} of a subgraph has external data");
        Define(initializer.Name);
    }

    private void Define(string name)
    {
        if (_mapped.ContainsKey(name)) throw new ModelFormatException($"it has two values named {name}");
    }
}
