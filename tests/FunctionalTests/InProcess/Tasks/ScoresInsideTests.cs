using Thaw.FunctionalTests.InProcess.Architectures;
using Thaw.FunctionalTests.InProcess.Layouts;
using Thaw.FunctionalTests.InProcess.Runtime;
using Thaw.Inference.Layouts;
using Thaw.Inference.Serving;
using Thaw.Inference.Tasks;
using Thaw.Onnx.Format;
using Thaw.TestModels;
using Thaw.TestModels.Bert;

namespace Thaw.FunctionalTests.InProcess.Tasks;

/// <summary>Models whose graph makes the scores itself, however they are loaded.</summary>
[Trait("Category", "inprocess")]
[Collection(nameof(OnnxRuntimeCollection))]
public sealed class ScoresInsideTests(OnnxRuntimeFixture runtime) : IDisposable
{
    private static readonly BertOptions Small = BertOptions.Tiny;

    // All of its weights are copied, because none of them is large.
    private static readonly BertOptions Smallest = new()
    {
        VocabularySize = VocabularyFile.MinimumSize, HiddenSize = 4, Heads = 2, FeedForwardSize = 8, MaxPositions = 16,
    };

    private readonly TemporaryFolder _folder = new();
    private readonly LocalModels _models = new(runtime.Environment, new PromotionRule(0, TimeSpan.FromMinutes(1)));

    public void Dispose()
    {
        _models.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [InlineData("Softmax", ScoreFunction.Softmax)]
    [InlineData("Sigmoid", ScoreFunction.Sigmoid)]
    [InlineData("Softmax Identity Cast", ScoreFunction.Softmax)]
    [InlineData("LogSoftmax Exp", ScoreFunction.Softmax)]
    public async Task They_are_left_as_they_are(string operators, ScoreFunction function)
    {
        foreach ((BertOptions options, bool hasFunction) in ((BertOptions, bool)[])[(Small, false), (Small, true), (Smallest, true)])
        {
            float[] expected = await AnswerAsync(Write("plain", options, hasFunction, ""), function);
            // The second load finds the plan of the first.
            for (int round = 0; round < 2; round++)
            {
                float[] actual = await AnswerAsync(Write("scores", options, hasFunction, operators), null);
                Assert.Equal(0, LocalModels.Difference(expected, actual), 1e-5);
            }
        }
    }

    [Fact]
    public async Task The_logarithm_of_a_softmax_becomes_the_softmax()
    {
        float[] expected = await AnswerAsync(Write("plain", Small, false, ""), ScoreFunction.Softmax);

        Assert.Equal(0, LocalModels.Difference(expected, await AnswerAsync(Write("scores", Small, false, "LogSoftmax"), null)), 1e-5);
    }

    [Fact]
    public void The_three_forms_are_loaded_in_three_ways()
    {
        using LoadedModel shared = _models.Load(Write("shared", Small, false, "Softmax"));
        using LoadedModel own = _models.Load(Write("own", Small, true, "Softmax"));
        using LoadedModel copied = _models.Load(Write("copied", Smallest, true, "Softmax"));

        Assert.True(shared.IsShared);
        Assert.False(own.IsShared || copied.IsShared);
        Assert.True(own.MappedBytes > 0 && copied.MappedBytes == 0);
    }

    [Fact]
    public void A_softmax_over_the_texts_is_refused()
    {
        string directory = Write("m", Small, false, "");
        Append(directory, "Softmax", OnnxAttribute.Of("axis", 0));

        Assert.Contains("over the texts", _models.TryLoad(directory).Error?.Message);
    }

    private async Task<float[]> AnswerAsync(string directory, ScoreFunction? asked)
    {
        using LoadedModel model = _models.Load(directory);
        float[] row = await _models.InvokeAsync(model);
        Assert.Null(TextClassification.Score(row, ((TextClassification)model.Task).FunctionFor(asked).Value));
        return row;
    }

    /// <summary>A model with these operators behind its logits.</summary>
    /// <param name="hasFunction">Whether the file defines a function, so that it gets a session of its own.</param>
    private string Write(string name, BertOptions options, bool hasFunction, string operators)
    {
        string directory = _folder[name];
        ExportedModel.Write(directory, options);
        foreach (string op in operators.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            if (op == "Cast") Append(directory, op, OnnxAttribute.Of("to", (long)TensorElementType.Float32));
            else Append(directory, op);
        }

        if (hasFunction) File.AppendAllBytes(Path.Combine(directory, ExportedModel.ModelName), Function());
        return directory;
    }

    private static void Append(string directory, string op, params OnnxAttribute[] attributes)
    {
        string path = Path.Combine(directory, ExportedModel.ModelName);
        ModelEdit.Write(path, path, model =>
        {
            OnnxGraph graph = model.Graph;
            string output = graph.Outputs[0].Name, inner = $"{output}:{graph.Nodes.Count}";
            int last = graph.Nodes.FindIndex(node => node.Outputs.Contains(output));
            graph.Nodes[last] = graph.Nodes[last] with { Outputs = [inner] };
            graph.Nodes.Add(new OnnxNode { OpType = op, Name = inner, Inputs = [inner], Outputs = [output], Attributes = attributes });
        });
    }

    /// <summary>A field of the model: a function that no node calls.</summary>
    private static byte[] Function()
    {
        const int Functions = 25, Name = 1, Input = 4, Output = 5, Node = 7, Opset = 9, Domain = 10;
        var writer = new ProtoWriter();
        int function = writer.Begin();
        writer.Text(Name, "Unused");
        writer.Text(Input, "a");
        writer.Text(Output, "b");
        int node = writer.Begin();
        writer.Text(Fields.Node.Input, "a");
        writer.Text(Fields.Node.Output, "b");
        writer.Text(Fields.Node.OpType, "Identity");
        writer.End(Node, node);
        int opset = writer.Begin();
        writer.Text(Fields.OperatorSetId.Domain, "");
        writer.Integer(Fields.OperatorSetId.Version, 14);
        writer.End(Opset, opset);
        writer.Text(Domain, "test");
        writer.End(Functions, function);
        return writer.Written.ToArray();
    }
}
