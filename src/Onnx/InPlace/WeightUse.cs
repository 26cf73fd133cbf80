using Thaw.Onnx.Format;

namespace Thaw.Onnx.InPlace;

/// <summary>Finds the mapped initializers that would be copied all the same, because of who reads them.</summary>
internal sealed class WeightUse
{
    // Kernels that read a weight at any address, those that ONNX Runtime makes of them among them: a test runs each at every place in a cache
    // line. Others may have loops in which the compiler took for granted that a float lies at a multiple of four.
    private static readonly HashSet<string> Anywhere =
        ["MatMul", "Gemm", "Gather", "FusedMatMul", "FusedGemm", "Attention", "MultiHeadAttention", "EmbedLayerNormalization"];

    // Kernels that pack a weight when they may.
    private static readonly HashSet<string> Products =
        ["MatMul", "Gemm", "FusedMatMul", "FusedGemm", "Attention", "MatMulInteger", "DynamicQuantizeMatMul", "MatMulIntegerToFloat", "QAttention"];

    private readonly Dictionary<string, OnnxTensor> _mapped = [];
    private readonly HashSet<string> _constants;
    private readonly HashSet<string> _unaligned = [];
    private readonly HashSet<string> _folded = [];
    private readonly HashSet<string> _factors = [];
    private readonly HashSet<string> _whole = [];

    /// <exception cref="ModelFormatException">A node is damaged, or another value has the name of a mapped initializer: it would be replaced too; or a
    /// subgraph has external data.</exception>
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

    /// <summary>Names of those that have to be copied to an aligned place.</summary>
    public IReadOnlySet<string> Unaligned => _unaligned;

    public long UnalignedBytes => Length(_unaligned);

    /// <summary>Bytes of the factors of matrix products.</summary>
    public long FactorBytes => Length(_factors);

    /// <summary>Places of those that every run reads from end to end; of tables of embeddings it reads few rows.</summary>
    public IEnumerable<TensorLocation> Whole => _whole.Select(name => _mapped[name].Location!);

    /// <summary>Bytes of the unaligned ones, and of those that ONNX Runtime computes other constants from while it loads.</summary>
    public long CopiedBytes => Length(_unaligned.Union(_folded));

    private long Length(IEnumerable<string> names) => names.Sum(name => _mapped[name].Location!.Length);

    private static int SizeOf(TensorElementType type) => type switch
    {
        TensorElementType.UInt8 or TensorElementType.Int8 or TensorElementType.Bool => 1,
        TensorElementType.UInt16 or TensorElementType.Int16 or TensorElementType.Float16 or TensorElementType.BFloat16 => 2,
        TensorElementType.Float32 or TensorElementType.Int32 or TensorElementType.UInt32 => 4,
        _ => 8,
    };

    private void Visit(OnnxNode node)
    {
        bool anywhere = (node.Domain is "" or "ai.onnx" or "com.microsoft") && Anywhere.Contains(node.OpType);
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

    /// <summary>A subgraph sees the values around it, and may hide them behind its own.</summary>
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
        if (tensor.Location!.Offset % SizeOf(tensor.ElementType) != 0) _unaligned.Add(name);
    }

    /// <summary>ONNX Runtime would read its external data from files that nobody watches.</summary>
    private void Define(OnnxTensor initializer)
    {
        if (initializer.Location is not null) throw new ModelFormatException($"{initializer.Name}, of a subgraph, has external data");
        Define(initializer.Name);
    }

    private void Define(string name)
    {
        if (_mapped.ContainsKey(name)) throw new ModelFormatException($"the value {name} is there twice");
    }
}
