using Thaw.FunctionalTests.InProcess.Runtime;
using Thaw.Onnx.Format;
using Thaw.Onnx.Fusion.Shapes;
using Thaw.TestModels.Bert;
using static Thaw.FunctionalTests.InProcess.Inputs.GraphEdit;

namespace Thaw.FunctionalTests.InProcess.Inputs;

/// <summary>Outputs under other names, of other types and shapes, and beside others.</summary>
[Trait("Category", "inprocess")]
[Collection(nameof(OnnxRuntimeCollection))]
public sealed class OutputTests(OnnxRuntimeFixture runtime) : IDisposable
{
    private readonly EditedModels _models = new(runtime.Environment);

    public void Dispose() => _models.Dispose();

    [Theory]
    [InlineData(TensorElementType.Float64)]
    [InlineData(TensorElementType.Float16)]
    [InlineData(TensorElementType.Float32)]
    public async Task Logits_may_have_any_type_of_floats(TensorElementType type) =>
        await _models.AssertSameAsync(_models.Write(graph => Rename(graph, "logits", type, ["batch", 3L])));

    [Fact]
    public async Task Bfloat16_logits_are_read() => await _models.AssertSameAsync(_models.Write(graph =>
    {
        Rename(graph, "logits", TensorElementType.BFloat16, ["batch", 3L]);
    }), tolerance: 0.02f);

    [Fact]
    public async Task One_label_needs_no_dimension_of_its_own()
    {
        BertOptions one = EditedModels.Plain with { Labels = 1 };
        string directory = _models.Write(graph =>
        {
            graph.Initializers.Add(Integers("label_axis", 1));
            After(graph, "logits", value => Node("Squeeze", [value, "label_axis"], ""));
            graph.Outputs[0] = DeclaredType.Of("logits", TensorElementType.Float32, ["batch"]);
        }, one);
        await _models.AssertSameAsync(directory, one);
    }

    [Fact]
    public async Task The_output_whose_type_and_size_fit_is_used() => await _models.AssertSameAsync(_models.Write(graph =>
    {
        Rename(graph, "output_1", TensorElementType.Float32, ["batch", 3L]);
        graph.Outputs.Insert(0, DeclaredType.Of(Words(graph), TensorElementType.Float32, ["batch", "sequence", 32L]));
        graph.Nodes.Add(Node("ArgMax", ["output_1"], "label", OnnxAttribute.Of("axis", 1L), OnnxAttribute.Of("keepdims", 0L)));
        graph.Outputs.Insert(0, DeclaredType.Of("label", TensorElementType.Int64, ["batch"]));
    }));

    [Fact]
    public void Two_outputs_that_fit_are_refused_by_name()
    {
        string message = _models.Refusal(_models.Write(graph =>
        {
            Rename(graph, "first", TensorElementType.Float32, ["batch", 3L]);
            graph.Nodes.Add(Node("Neg", ["first"], "second"));
            graph.Outputs.Add(DeclaredType.Of("second", TensorElementType.Float32, ["batch", 3L]));
        }));
        Assert.Equal(
            "model.onnx: The model has no output 'logits', only first [-1, 3], second [-1, 3], and 2 of them could be it. Name the one to use 'logits'.",
            message);
    }

    [Fact]
    public void A_graph_with_outputs_of_another_task_is_refused_by_their_name()
    {
        string words = "";
        string message = _models.Refusal(_models.Write(graph =>
        {
            words = Words(graph);
            graph.Outputs.Clear();
            graph.Outputs.Add(DeclaredType.Of(words, TensorElementType.Float32, ["batch", "sequence", 32L]));
            graph.Nodes.Add(Node("Shape", ["input_ids"], "shape"));
            graph.Outputs.Add(DeclaredType.Of("shape", TensorElementType.Int64, [2L]));
        }));
        Assert.StartsWith($"model.onnx: The model is for embeddings: its output '{words}' has 32 numbers for each token.", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Outputs_of_another_number_of_labels_are_refused_with_both_numbers()
    {
        string directory = _models.Write(graph =>
        {
            Rename(graph, "output_0", TensorElementType.Float32, ["batch", 3L]);
            graph.Outputs.Add(DeclaredType.Of(Words(graph), TensorElementType.Float32, ["b", "s", 32L]));
        });
        EditedModels.EditFile(directory, "config.json", "\"2\": \"LABEL_2\"", "\"2\": \"LABEL_2\", \"3\": \"LABEL_3\"");
        string message = _models.Refusal(directory);
        Assert.Contains("output_0 [-1, 3]", message);
        Assert.Contains("none of them is [batch, 4] of floats, as many as config.json has labels", message);
    }

    [Fact]
    public async Task An_output_that_declares_no_shape_is_tried_at_the_load()
    {
        await _models.AssertSameAsync(_models.Write(graph => Rename(graph, "logits", TensorElementType.Float32, null)));
        string tokens = _models.Write(graph =>
        {
            graph.Nodes.Add(Node("Identity", [Words(graph)], "scores"));
            graph.Outputs[0] = DeclaredType.Of("scores", TensorElementType.Float32, ["batch", "labels"]);
            // What ONNX Runtime finds out itself is hidden from it.
            graph.Nodes[^1] = graph.Nodes[^1] with { OpType = "Reshape", Inputs = [Words(graph), "hidden_shape"] };
            graph.Nodes.Insert(graph.Nodes.Count - 1, Node("Slice", ["words_shape", "zero_start", "second_end"], "hidden_shape"));
            graph.Nodes.Insert(graph.Nodes.Count - 2, Node("Shape", ["input_ids"], "words_shape"));
            graph.Initializers.Add(Integers("zero_start", 0));
            graph.Initializers.Add(Integers("second_end", 2));
        });
        Assert.Contains("does not say what shape its output 'scores' has", _models.Refusal(tokens));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Outputs_that_are_no_tensors_are_not_read(bool hasTensor)
    {
        string directory = _models.Write(graph =>
        {
            if (hasTensor) Rename(graph, "probabilities", TensorElementType.Float32, ["batch", 3L]);
            string values = graph.Outputs[0].Name;
            graph.Nodes.Add(Node("SequenceConstruct", [values], "output_label"));
            if (!hasTensor) graph.Outputs.Clear();
            graph.Outputs.Insert(0, Sequence("output_label"));
        });
        if (hasTensor) await _models.AssertSameAsync(directory);
        else Assert.StartsWith("model.onnx: The model has", _models.Refusal(directory));
    }

    private static OnnxValue Sequence(string name)
    {
        const int SequenceType = 4, Element = 1, Tensor = 1, ElementType = 1;
        var writer = new ProtoWriter();
        writer.Text(Fields.ValueInfo.Name, name);
        int type = writer.Begin(), sequence = writer.Begin(), element = writer.Begin(), tensor = writer.Begin();
        writer.Integer(ElementType, (long)TensorElementType.Float32);
        writer.End(Tensor, tensor);
        writer.End(Element, element);
        writer.End(SequenceType, sequence);
        writer.End(Fields.ValueInfo.Type, type);
        return new OnnxValue(name, writer.Written);
    }

    private static void Rename(OnnxGraph graph, string name, TensorElementType type, object[]? dims)
    {
        After(graph, "logits", value => Node("Cast", [value], "", OnnxAttribute.Of("to", (long)type)));
        graph.Nodes[^1] = graph.Nodes[^1] with { Outputs = [name] };
        graph.Outputs[0] = DeclaredType.Of(name, type, dims);
    }
}
