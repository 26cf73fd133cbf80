using Thaw.Onnx.Format;
using Thaw.Onnx.Preparing;
using Thaw.TestModels;

namespace Thaw.UnitTests.Onnx.Preparing;

public sealed class WeightTranspositionTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_product_reads_its_weight_transposed()
    {
        (OnnxModelFile model, HashSet<string> transposed) = Apply([Node("MatMul", ["x", "w"])]);
        using (model)
        {
            Assert.Equal(["w"], transposed);
            OnnxNode product = Assert.Single(model.Graph.Nodes);
            Assert.Equal(("com.microsoft", "FusedMatMul", 1L), (product.Domain, product.OpType, product.Attribute("transB")!.Integer));
            Assert.Equal(["x", "w"], product.Inputs);
            Assert.Equal([3L, 2L], Weight(model).Dims);
            Assert.Contains(model.Opsets, opset => opset is { Domain: "com.microsoft", Version: 1 });
        }
    }

    [Fact]
    public void Gemm_and_FusedMatMul_keep_their_other_attributes()
    {
        (OnnxModelFile model, HashSet<string> transposed) = Apply(
        [
            Node("Gemm", ["x", "w", "bias"], OnnxAttribute.Of("alpha", 0.5f), OnnxAttribute.Of("transA", 1L), OnnxAttribute.Of("transB", 0L)),
            Node("FusedMatMul", ["x", "w"], OnnxAttribute.Of("alpha", 2f)) with { Domain = "com.microsoft" },
        ]);
        using (model)
        {
            Assert.Equal(["w"], transposed);
            Assert.Equal(("", "Gemm", 0.5f, 1L, 1L), Describe(model.Graph.Nodes[0]));
            Assert.Equal(("com.microsoft", "FusedMatMul", 2f, null, 1L), Describe(model.Graph.Nodes[1]));
        }

        static (string, string, float?, long?, long?) Describe(OnnxNode node) =>
            (node.Domain, node.OpType, node.Attribute("alpha")?.Float, node.Attribute("transA")?.Integer, node.Attribute("transB")?.Integer);
    }

    [Fact]
    public void Gemm_alone_needs_no_further_operator_set()
    {
        (OnnxModelFile model, _) = Apply([Node("Gemm", ["x", "w", "bias"])]);
        using (model) Assert.Single(model.Opsets);
    }

    [Fact]
    public void A_weight_that_a_node_cannot_read_transposed_is_not_transposed()
    {
        OnnxNode product = Node("MatMul", ["x", "w"]);
        AssertUntouched([product, Node("Gather", ["w", "x"])]);
        AssertUntouched([product, Node("MatMul", ["w", "x"])]);
        AssertUntouched([Node("MatMul", ["w", "w"])]);
        AssertUntouched([Node("Gemm", ["x", "bias", "w"])]);
        AssertUntouched([Node("Gemm", ["x", "w"], OnnxAttribute.Of("transB", 1L))]);
        AssertUntouched([product, Node("Gemm", ["x", "w"], OnnxAttribute.Of("transB", 1L))]);
        AssertUntouched([Node("FusedMatMul", ["x", "w"], OnnxAttribute.Of("transB", 1L)) with { Domain = "com.microsoft" }]);
        AssertUntouched([Node("FusedMatMul", ["x", "w"], OnnxAttribute.Of("transBatchB", 1L)) with { Domain = "com.microsoft" }]);
        AssertUntouched([product with { Domain = "another" }]);
        AssertUntouched([Node("Attention", ["x", "w", "bias"]) with { Domain = "com.microsoft" }]);
        AssertUntouched([]);
    }

    [Fact]
    public void A_weight_that_callers_get_or_replace_is_not_transposed()
    {
        OnnxNode[] product = [Node("MatMul", ["x", "w"])];
        AssertUntouched(product, graph => Value(graph, Fields.Graph.Output, "w"));
        AssertUntouched(product, graph => Value(graph, Fields.Graph.Input, "w"));
    }

    [Fact]
    public void A_weight_that_a_subgraph_reads_is_not_transposed()
    {
        var inner = new ProtoWriter();
        Node("Relu", ["w"]).Write(inner);
        AssertUntouched([Node("MatMul", ["x", "w"]), Node("If", ["condition"], Subgraph(inner))]);
        var nested = new ProtoWriter();
        Node("If", ["other"], Subgraph(inner)).Write(nested);
        AssertUntouched([Node("MatMul", ["x", "w"]), Node("If", ["condition"], Subgraph(nested))]);
        var output = new ProtoWriter();
        Value(output, Fields.Graph.Output, "w");
        AssertUntouched([Node("MatMul", ["x", "w"]), Node("If", ["condition"], Subgraph(output))]);
    }

    [Theory]
    [InlineData(TensorElementType.Float16, 2, 3)]
    [InlineData(TensorElementType.Int8, 2, 3)]
    [InlineData(TensorElementType.Float64, 2, 3)]
    [InlineData(TensorElementType.Float32, 1, 6)]
    [InlineData(TensorElementType.Float32, 6, 1)]
    [InlineData(TensorElementType.Float32, 6)]
    [InlineData(TensorElementType.Float32, 1, 2, 3)]
    [InlineData(TensorElementType.Float32, 0, 3)]
    [InlineData(TensorElementType.Float32)]
    public void What_is_not_a_float32_matrix_is_not_transposed(TensorElementType type, params int[] dims)
    {
        var weight = new OnnxTensor { Name = "w", ElementType = type, Dims = [.. dims.Select(dim => (long)dim)], RawData = new byte[24] };
        AssertUntouched([Node("MatMul", ["x", "w"])], weight: weight);
    }

    [Fact]
    public void A_small_weight_is_not_transposed()
    {
        (OnnxModelFile model, HashSet<string> transposed) = Apply([Node("MatMul", ["x", "w"])], smallest: 25);
        using (model) Assert.Empty(transposed);
    }

    [Fact]
    public void The_declared_shape_of_the_weight_is_removed()
    {
        (OnnxModelFile model, _) = Apply([Node("MatMul", ["x", "w"])], graph =>
        {
            Value(graph, Fields.Graph.ValueInfo, "w");
            Value(graph, Fields.Graph.ValueInfo, "other");
        });
        using (model) Assert.Equal(["other"], model.Graph.ValueInfos.Select(value => value.Name));
    }

    private void AssertUntouched(OnnxNode[] nodes, Action<ProtoWriter>? more = null, OnnxTensor? weight = null)
    {
        (OnnxModelFile model, HashSet<string> transposed) = Apply(nodes, more, weight);
        using (model)
        {
            Assert.Empty(transposed);
            using OnnxModelFile untouched = OnnxModelFile.Open(model.Path, long.MaxValue);
            Assert.Equal(untouched.Write(ownFile: null).ToArray(), model.Write(ownFile: null).ToArray());
        }
    }

    private (OnnxModelFile Model, HashSet<string> Transposed) Apply(
        OnnxNode[] nodes, Action<ProtoWriter>? more = null, OnnxTensor? weight = null, long smallest = 1)
    {
        var writer = new ProtoWriter();
        int graph = writer.Begin();
        foreach (OnnxNode node in nodes) node.Write(writer);
        weight ??= new OnnxTensor { Name = "w", ElementType = TensorElementType.Float32, Dims = [2, 3], RawData = new byte[24] };
        weight.Write(writer, Fields.Graph.Initializer, null);
        Value(writer, Fields.Graph.Input, "x");
        Value(writer, Fields.Graph.Output, "y");
        more?.Invoke(writer);
        writer.End(Fields.Model.Graph, graph);
        OpsetImport.Of("", 14).Write(writer);
        File.WriteAllBytes(_folder["model.onnx"], writer.Written.ToArray());
        OnnxModelFile model = OnnxModelFile.Open(_folder["model.onnx"], long.MaxValue);
        return (model, WeightTransposition.Apply(model, new WeightReaders(model.Graph), smallest));
    }

    private static OnnxTensor Weight(OnnxModelFile model) => Assert.Single(model.Graph.Initializers);

    private static OnnxNode Node(string op, string[] inputs, params OnnxAttribute[] attributes) =>
        new() { OpType = op, Inputs = inputs, Outputs = ["y"], Attributes = attributes };

    private static OnnxAttribute Subgraph(ProtoWriter graph)
    {
        var writer = new ProtoWriter();
        writer.Text(Fields.Attribute.Name, "then_branch");
        writer.Bytes(Fields.Attribute.Graph, graph.Written.Span);
        return OnnxAttribute.Parse(writer.Written);
    }

    private static void Value(ProtoWriter graph, int field, string name)
    {
        int start = graph.Begin();
        graph.Text(Fields.ValueInfo.Name, name);
        graph.End(field, start);
    }
}
