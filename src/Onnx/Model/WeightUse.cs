namespace Thaw.Onnx.Model;

/// <summary>Finds the initializers that cannot be read where they lie in the file, because of who reads them.</summary>
internal sealed class WeightUse
{
    // Kernels that read a weight at any address, those that ONNX Runtime makes of them among them: a test runs each at every place in a cache
    // line. Others may have loops in which the compiler took for granted that a float lies at a multiple of four.
    private static readonly HashSet<string> Anywhere = ["MatMul", "Gemm", "Gather", "FusedMatMul", "FusedGemm", "Attention", "MultiHeadAttention", "EmbedLayerNormalization"];

    private readonly Dictionary<string, bool> _mapped = [];
    private readonly HashSet<string> _unaligned = [];

    private WeightUse(OnnxGraph graph)
    {
        foreach (OnnxTensor tensor in graph.Initializers)
        {
            if (tensor.Location is { File: null } location) _mapped[tensor.Name] = location.Offset % SizeOf(tensor.ElementType) == 0;
        }

        foreach (OnnxValue output in graph.Outputs) Read(output.Name, anywhere: false);
        foreach (OnnxNode node in graph.Nodes) Visit(node);
    }

    /// <summary>Names of mapped initializers that have to be copied to an aligned place.</summary>
    /// <exception cref="ModelFormatException">A node is damaged, or another value has the name of a mapped initializer: it would be replaced too.</exception>
    public static IReadOnlySet<string> FindUnaligned(OnnxGraph graph) => new WeightUse(graph)._unaligned;

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
        foreach (string input in node.Inputs) Read(input, anywhere);
        foreach (string output in node.Outputs) Define(output);
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
            else if (reader.Is(Fields.Graph.Initializer, WireType.Bytes)) Define(OnnxTensor.Parse(reader.Content).Name);
            else if (reader.Is(Fields.Graph.Input, WireType.Bytes)) Define(OnnxValue.Parse(reader.Content).Name);
            else if (reader.Is(Fields.Graph.Output, WireType.Bytes)) Read(OnnxValue.Parse(reader.Content).Name, anywhere: false);
        }
    }

    private void Read(string name, bool anywhere)
    {
        if (!anywhere && _mapped.TryGetValue(name, out bool aligned) && !aligned) _unaligned.Add(name);
    }

    private void Define(string name)
    {
        if (_mapped.ContainsKey(name)) throw new ModelFormatException($"the value {name} is there twice");
    }
}
