using Thaw.FunctionalTests.InProcess.Runtime;
using Thaw.Inference.Serving;
using Thaw.Onnx.Format;
using static Thaw.FunctionalTests.InProcess.Inputs.GraphEdit;

namespace Thaw.FunctionalTests.InProcess.Inputs;

/// <summary>Axes that are numbers, declared or only in the graph.</summary>
[Trait("Category", "inprocess")]
[Collection(nameof(OnnxRuntimeCollection))]
public sealed class FixedShapeTests(OnnxRuntimeFixture runtime) : IDisposable
{
    private readonly EditedModels _models = new(runtime.Environment);

    public void Dispose() => _models.Dispose();

    [Theory]
    [InlineData(1, 24)]
    [InlineData(4, 24)]
    [InlineData(null, 24)]
    [InlineData(1, null)]
    [InlineData(4, null)]
    [InlineData(70, null)]
    public async Task Texts_are_padded_to_a_fixed_length_and_split_to_a_fixed_batch(int? rows, int? columns)
    {
        string directory = _models.Write(graph => Fix(graph, rows, columns));
        await _models.AssertSameAsync(directory);
        using LoadedModel model = _models.Load(directory);
        Assert.Equal((rows, columns), (model.Inputs.Rows, model.Inputs.Columns));
        Assert.Equal(columns ?? 32, model.MaxTokens);
    }

    [Fact]
    public async Task A_fixed_batch_without_a_mask_gets_texts_of_equal_length() => await _models.AssertSameAsync(_models.Write(graph =>
    {
        IgnoreMask(graph, keepInput: false);
        Fix(graph, 4, null);
    }));

    [Fact]
    public void A_fixed_length_without_a_mask_is_refused()
    {
        string message = _models.Refusal(_models.Write(graph =>
        {
            IgnoreMask(graph, keepInput: false);
            Fix(graph, null, 24);
        }));
        Assert.Equal(
            "model.onnx: The model takes only texts of one length, and nothing tells it which tokens are padding. "
            + "Export it with an attention_mask or with a dynamic sequence axis.",
            message);
    }

    [Fact]
    public void Inputs_of_different_fixed_lengths_are_refused()
    {
        string message = _models.Refusal(_models.Write(graph =>
        {
            Redeclare(graph, "input_ids", "input_ids", TensorElementType.Int64, ["batch", 24L]);
            Redeclare(graph, "attention_mask", "attention_mask", TensorElementType.Int64, ["batch", 16L]);
        }));
        Assert.Contains("inputs whose shapes do not fit together or cannot be given: input_ids [-1, 24], attention_mask [-1, 16]", message);
    }

    [Theory]
    [InlineData(1, 24, 1, 24)]
    [InlineData(4, 24, 4, 24)]
    [InlineData(-1, 24, null, 24)]
    [InlineData(4, -1, 4, null)]
    public async Task A_shape_that_is_only_in_the_graph_is_found(int rows, int columns, int? expectedRows, int? expectedColumns)
    {
        string directory = _models.Write(graph => Bake(graph, rows, columns));
        await _models.AssertSameAsync(directory);
        using LoadedModel model = _models.Load(directory);
        Assert.Equal((expectedRows, expectedColumns), (model.Inputs.Rows, model.Inputs.Columns));
    }

    [Fact]
    public void A_shape_that_is_only_in_the_graph_needs_a_mask_too()
    {
        string message = _models.Refusal(_models.Write(graph =>
        {
            IgnoreMask(graph, keepInput: true);
            Bake(graph, -1, 24);
        }));
        Assert.Contains("nothing tells it which tokens are padding", message);
    }

    [Fact]
    public void A_graph_that_runs_with_no_shape_is_refused()
    {
        string message = _models.Refusal(_models.Write(graph =>
        {
            Bake(graph, 4, 24);
            string words = Words(graph);
            graph.Initializers.Add(Integers("other_shape", 2, 7, 32));
            After(graph, words, value => Node("Reshape", [value, "other_shape"], ""));
        }));
        Assert.Contains("has the shape of an example in its graph, and runs right with neither that shape nor others. Export it with dynamic axes", message);
    }

    [Fact]
    public async Task A_length_that_only_the_token_types_have_is_found()
    {
        // As exported with dynamic axes by a class that cuts a buffer of zeros itself.
        string directory = _models.Write(graph =>
        {
            ReadInstead(graph, "token_type_ids", "buffered_types");
            graph.Inputs.RemoveAll(input => input.Name == "token_type_ids");
            graph.Initializers.AddRange([Integers("zero_types", new long[64]), Integers("types_start", 0), Integers("types_end", 24)]);
            graph.Initializers.AddRange([Integers("types_axis", 0), Integers("types_shape", 1, 24)]);
            graph.Nodes.Insert(0, Node("Slice", ["zero_types", "types_start", "types_end", "types_axis"], "cut_types"));
            graph.Nodes.Insert(1, Node("Unsqueeze", ["cut_types", "types_axis"], "row_of_types"));
            graph.Nodes.Insert(2, Node("Expand", ["row_of_types", "types_shape"], "buffered_types"));
        });
        await _models.AssertSameAsync(directory);
        using LoadedModel model = _models.Load(directory);
        Assert.Equal(24, model.Inputs.Columns);
    }

    private static void Fix(OnnxGraph graph, int? rows, int? columns)
    {
        object[] dims = [rows is { } r ? (long)r : "batch", columns is { } c ? (long)c : "sequence"];
        foreach (string input in graph.Inputs.Select(input => input.Name).ToArray()) Redeclare(graph, input, input, TensorElementType.Int64, dims);
    }

    private static void Bake(OnnxGraph graph, int rows, int columns)
    {
        string words = Words(graph);
        graph.Initializers.Add(Integers("shape_of_the_example", rows, columns, 32));
        After(graph, words, value => Node("Reshape", [value, "shape_of_the_example"], ""));
    }
}
