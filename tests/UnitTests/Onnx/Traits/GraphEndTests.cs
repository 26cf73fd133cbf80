using Thaw.Onnx.Format;
using Thaw.Onnx.Traits;
using Thaw.TestModels;

namespace Thaw.UnitTests.Onnx.Traits;

public sealed class GraphEndTests
{
    // A step is "output = Operator input input", and may end with the axis.
    [Theory]
    [InlineData("y = Gemm x w", OutputFunction.None)]
    [InlineData("y = Softmax x", OutputFunction.Softmax)]
    [InlineData("y = Softmax x -1", OutputFunction.Softmax)]
    [InlineData("y = Softmax x 1", OutputFunction.Softmax)]
    [InlineData("y = Softmax x 0", OutputFunction.AcrossTexts)]
    [InlineData("y = LogSoftmax x 0", OutputFunction.AcrossTexts)]
    [InlineData("y = Sigmoid x", OutputFunction.Sigmoid)]
    [InlineData("y = LogSoftmax x", OutputFunction.LogSoftmax)]
    [InlineData("a = Softmax x; y = Log a", OutputFunction.LogSoftmax)]
    [InlineData("a = LogSoftmax x; y = Exp a", OutputFunction.Softmax)]
    [InlineData("a = Sigmoid x; y = Log a", OutputFunction.OfProbabilities)]
    [InlineData("y = Softmax x -2", OutputFunction.AcrossTexts)]
    [InlineData("a = Softmax x 0; y = Clip a low high", OutputFunction.AcrossTexts)]
    [InlineData("y = HardSigmoid x", OutputFunction.OfProbabilities)]
    [InlineData("a = Softmax x; n = IsNaN a; y = Where n zero a", OutputFunction.OfProbabilities)]
    [InlineData("y = pkg.Classifier x", OutputFunction.Unknown)]
    [InlineData("a = pkg.Classifier x; y = Squeeze a", OutputFunction.Unknown)]
    [InlineData("a = pkg.Classifier x; y = Gemm a w", OutputFunction.None)]
    [InlineData("a = Softmax x; b = Cast a; c = Identity b; y = Reshape c s", OutputFunction.Softmax)]
    [InlineData("a = Sigmoid x; b = Squeeze a; y = Unsqueeze b", OutputFunction.Sigmoid)]
    [InlineData("a = Softmax x; b = QuantizeLinear a s z; y = DequantizeLinear b s z", OutputFunction.Softmax)]
    [InlineData("n = Neg x; e = Exp n; a = Add e one; y = Reciprocal a", OutputFunction.Sigmoid)]
    [InlineData("n = Neg x; e = Exp n; a = Add one e; y = Div one a", OutputFunction.Sigmoid)]
    [InlineData("e = Exp x; s = ReduceSum e; y = Div e s", OutputFunction.Softmax)]
    [InlineData("a = Softmax x; y = Slice a from to", OutputFunction.OfProbabilities)]
    [InlineData("a = Sigmoid x; b = Sub one a; y = Concat b a", OutputFunction.OfProbabilities)]
    [InlineData("o = Constant; a = Sigmoid x; b = Sub o a; y = Concat b a", OutputFunction.OfProbabilities)]
    [InlineData("a = Softmax x; b = Softmax z; c = Add a b; y = Mul c half", OutputFunction.OfProbabilities)]
    [InlineData("a = Softmax x; h = Relu x; y = Mul a h", OutputFunction.None)]
    [InlineData("a = Sigmoid x; y = Gemm a w", OutputFunction.None)]
    [InlineData("a = Softmax x; h = MatMul a v; y = Gemm h w", OutputFunction.None)]
    [InlineData("y = Mul x half", OutputFunction.None)]
    public void The_function_that_an_output_ends_in_is_seen(string steps, OutputFunction expected) =>
        Assert.Equal([expected], Find(Graph(steps)).Functions);

    [Theory]
    [InlineData("Squeeze", OutputFunction.Softmax)]
    [InlineData("Relu", OutputFunction.Unknown)]
    public void Both_branches_of_a_condition_must_end_in_the_same(string other, OutputFunction expected)
    {
        // As PyTorch writes squeeze(-1): it depends on the size of the dimension.
        OnnxGraph graph = Graph("a = Softmax x; y = If c");
        graph.Nodes[1] = graph.Nodes[1] with { Attributes = [Branch("then_branch", "Identity"), Branch("else_branch", other)] };

        Assert.Equal([expected], Find(graph).Functions);
    }

    [Fact]
    public void Each_output_has_its_own()
    {
        OnnxGraph graph = Graph("l = Gemm x w; y = Softmax l");
        graph.Outputs.Add(new OnnxValue("l", default));

        Assert.Equal([OutputFunction.Softmax, OutputFunction.None], Find(graph).Functions);
    }

    [Fact]
    public void A_graph_of_many_paths_does_not_take_long()
    {
        string steps = string.Join("; ", Enumerable.Range(0, 60).Select(i => $"v{i + 1} = Add v{i} w{i}; w{i + 1} = Add w{i} v{i}"));

        Assert.Equal([OutputFunction.Unknown], Find(Graph("v0 = Softmax x; w0 = Softmax z; " + steps + "; y = Add v60 w60")).Functions);
    }

    [Theory]
    [InlineData("y = Gemm x w", false)]
    [InlineData("q = DynamicQuantizeLinear x; y = MatMulInteger q w", true)]
    [InlineData("y = DynamicQuantizeMatMul x w", true)]
    [InlineData("q = QuantizeLinear x s z; y = MatMulInteger q w", false)]
    public void Dynamic_quantization_is_seen(string steps, bool expected) => Assert.Equal(expected, Find(Graph(steps)).QuantizesTogether);

    [Fact]
    public void A_file_says_the_same_and_a_damaged_one_says_nothing()
    {
        using var folder = new TemporaryFolder();
        var writer = new ProtoWriter();
        int graph = writer.Begin();
        foreach (OnnxNode node in Graph("a = DynamicQuantizeLinear x; y = Softmax a").Nodes) node.Write(writer);
        int output = writer.Begin();
        writer.Text(Fields.ValueInfo.Name, "y");
        writer.End(Fields.Graph.Output, output);
        writer.End(Fields.Model.Graph, graph);
        File.WriteAllBytes(folder["whole"], writer.Written.ToArray());
        File.WriteAllBytes(folder["damaged"], writer.Written[..^3].ToArray());

        GraphTraits? traits = GraphTraits.TryRead(folder["whole"]);
        Assert.Equal([OutputFunction.Softmax], traits?.Functions);
        Assert.True(traits?.QuantizesTogether);
        Assert.Null(GraphTraits.TryRead(folder["damaged"]));
    }

    private static GraphTraits Find(OnnxGraph graph) => TraitFinder.Find(graph, TensorValues.TryRead)!;

    private static OnnxAttribute Branch(string name, string op)
    {
        var writer = new ProtoWriter();
        writer.Text(Fields.Attribute.Name, name);
        int graph = writer.Begin();
        new OnnxNode { OpType = op, Inputs = ["a"], Outputs = ["b"] }.Write(writer);
        int output = writer.Begin();
        writer.Text(Fields.ValueInfo.Name, "b");
        writer.End(Fields.Graph.Output, output);
        writer.End(Fields.Attribute.Graph, graph);
        return OnnxAttribute.Parse(writer.Written);
    }

    private static OnnxGraph Graph(string steps)
    {
        var graph = new OnnxGraph();
        foreach (string[] words in steps.Split("; ").Select(step => step.Split(' ')))
        {
            bool hasAxis = long.TryParse(words[^1], out long axis);
            graph.Nodes.Add(new OnnxNode
            {
                OpType = words[2].Split('.')[^1],
                Domain = words[2].Contains('.', StringComparison.Ordinal) ? words[2].Split('.')[0] : "",
                Inputs = words[3..^(hasAxis ? 1 : 0)],
                Outputs = [words[0]],
                Attributes = hasAxis ? [OnnxAttribute.Of("axis", axis)] : [],
            });
        }

        graph.Outputs.Add(new OnnxValue("y", default));
        return graph;
    }
}
