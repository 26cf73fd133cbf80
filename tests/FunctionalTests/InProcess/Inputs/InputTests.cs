using Thaw.FunctionalTests.InProcess.Runtime;
using Thaw.Inference.Serving;
using Thaw.Onnx.Format;
using Thaw.Onnx.Fusion.Shapes;
using static Thaw.FunctionalTests.InProcess.Inputs.GraphEdit;

namespace Thaw.FunctionalTests.InProcess.Inputs;

/// <summary>Inputs under other names, of other types, more or fewer of them.</summary>
[Trait("Category", "inprocess")]
[Collection(nameof(OnnxRuntimeCollection))]
public sealed class InputTests(OnnxRuntimeFixture runtime) : IDisposable
{
    private readonly EditedModels _models = new(runtime.Environment);

    public void Dispose() => _models.Dispose();

    [Theory]
    [InlineData("input_word_ids", "input_mask", "segment_ids")]
    [InlineData("ids", "attention_mask", "type_ids")]
    [InlineData("input_ids:0", "attention_mask:0", "token_type_ids:0")]
    [InlineData("serving_default_input_ids:0", "serving_default_attention_mask:0", "serving_default_token_type_ids:0")]
    [InlineData("tokens", "mask", "segment_ids")]
    public async Task Inputs_may_have_the_names_that_exporters_give_them(string ids, string mask, string types) =>
        await _models.AssertSameAsync(_models.Write(graph =>
        {
            Redeclare(graph, "input_ids", ids, TensorElementType.Int64, Dynamic);
            Redeclare(graph, "attention_mask", mask, TensorElementType.Int64, Dynamic);
            Redeclare(graph, "token_type_ids", types, TensorElementType.Int64, Dynamic);
            graph.Inputs.Reverse();
        }));

    [Theory]
    [InlineData(TensorElementType.Int32, TensorElementType.Int64)]
    [InlineData(TensorElementType.Float32, TensorElementType.Int64)]
    [InlineData(TensorElementType.Float16, TensorElementType.Int32)]
    [InlineData(TensorElementType.Float64, TensorElementType.Int32)]
    [InlineData(TensorElementType.Bool, TensorElementType.Int64)]
    public async Task Each_input_has_its_own_type(TensorElementType mask, TensorElementType ids) => await _models.AssertSameAsync(_models.Write(graph =>
    {
        Redeclare(graph, "input_ids", "input_ids", ids, Dynamic);
        Redeclare(graph, "attention_mask", "attention_mask", mask, Dynamic);
    }));

    [Fact]
    public void A_mask_that_is_true_for_padding_is_refused()
    {
        string message = _models.Refusal(_models.Write(graph =>
        {
            Redeclare(graph, "attention_mask", "mask", TensorElementType.Bool, Dynamic);
            After(graph, "attention_mask_inner", value => Node("Sub", ["one_minus", value], ""));
            graph.Initializers.Add(Integers("one_minus", 1));
        }));
        Assert.Contains("model.onnx: The model gives 'mask' another meaning than 1 for tokens and 0 for padding", message);
    }

    [Fact]
    public void A_mask_whose_meaning_neither_its_name_nor_the_graph_says_is_refused()
    {
        string message = _models.Refusal(_models.Write(graph =>
        {
            Redeclare(graph, "attention_mask", "mask", TensorElementType.Bool, Dynamic);
            MeanOfTokens(graph);
        }));
        Assert.StartsWith("model.onnx: The model has the input 'mask', and neither this name nor the graph says", message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Inputs_need_not_declare_a_shape() => await _models.AssertSameAsync(_models.Write(graph =>
    {
        Redeclare(graph, "input_ids", "input_ids", TensorElementType.Int64, null);
        Redeclare(graph, "attention_mask", "attention_mask", TensorElementType.Int64, null);
    }));

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_model_without_a_mask_or_that_ignores_it_gets_texts_of_equal_length(bool keepInput)
    {
        string directory = _models.Write(graph => IgnoreMask(graph, keepInput));
        await _models.AssertSameAsync(directory);
        using LoadedModel model = _models.Load(directory);
        Assert.True(model.Inputs.NeedsEqualLengths);
    }

    [Fact]
    public async Task A_model_that_takes_the_mean_of_all_tokens_gets_texts_of_equal_length()
    {
        // The mask hides padding from the attention, but not from the mean.
        string directory = _models.Write(MeanOfTokens);
        using LoadedModel model = _models.Load(directory);
        Assert.True(model.Inputs.NeedsEqualLengths);
        float[][] alone = await _models.AloneAsync(model), together = await _models.RunAsync(model, EditedModels.Texts);
        for (int i = 0; i < alone.Length; i++) Assert.Equal(alone[i], together[i], (left, right) => Math.Abs(left - right) < 1e-4);
    }

    [Fact]
    public async Task Positions_are_given_if_they_are_an_input()
    {
        string directory = _models.Write(TakePositions);
        await _models.AssertSameAsync(directory);
        using LoadedModel model = _models.Load(directory);
        Assert.Equal(EditedModels.Plain.MaxPositions, model.MaxTokens);
    }

    [Fact]
    public void Positions_that_may_begin_in_two_places_are_refused_without_the_family()
    {
        string directory = _models.Write(TakePositions);
        EditedModels.EditFile(directory, "config.json", "\"model_type\": \"bert\",", "");
        EditedModels.EditFile(directory, "tokenizer_config.json", "\"model_max_length\": 32", "\"model_max_length\": 31");
        Assert.EndsWith("Give config.json its model_type.", _models.Refusal(directory), StringComparison.Ordinal);
        EditedModels.EditFile(directory, "tokenizer_config.json", "\"model_max_length\": 31", "\"model_max_length\": 30");
        using LoadedModel model = _models.Load(directory);
        Assert.Equal(30, model.MaxTokens);
    }

    [Fact]
    public async Task Positions_begin_behind_the_padding_id_where_the_family_counts_like_that()
    {
        string counted = _models.Write(graph =>
        {
            TakePositions(graph);
            // Takes 3 off, so that positions from 3 on give the plain model's answers.
            Redeclare(graph, "position_ids", "position_ids", TensorElementType.Int64, Dynamic);
            graph.Initializers.Add(Integers("three", 3));
            After(graph, "position_ids_inner", value => Node("Sub", [value, "three"], ""));
            // A position below 0 would be counted from the end of the table.
            graph.Initializers.Add(Integers("zero_position", 0));
            After(graph, "position_ids_inner", value => Node("Max", [value, "zero_position"], ""));
        });
        EditedModels.EditFile(counted, "config.json", "\"model_type\": \"bert\"", "\"model_type\": \"roberta\"");
        EditedModels.EditFile(counted, "config.json", "\"pad_token_id\": 0", "\"pad_token_id\": 2");
        await _models.AssertSameAsync(counted);
    }

    [Fact]
    public async Task An_input_that_nothing_reads_gets_zeros() => await _models.AssertSameAsync(_models.Write(graph =>
    {
        graph.Inputs.Insert(0, DeclaredType.Of("labels", TensorElementType.Int64, ["batch"]));
        graph.Inputs.Add(DeclaredType.Of("training", TensorElementType.Bool, []));
        graph.Inputs.Add(DeclaredType.Of("bbox", TensorElementType.Float32, ["batch", "sequence", 4L]));
    }));

    [Fact]
    public void An_input_that_the_graph_needs_is_refused_by_name()
    {
        string message = _models.Refusal(_models.Write(graph =>
        {
            graph.Inputs.Add(DeclaredType.Of("visual", TensorElementType.Float32, ["batch", "sequence", 32L]));
            string words = Words(graph);
            After(graph, words, value => Node("Add", [value, "visual"], ""));
        }));
        Assert.StartsWith("model.onnx: The model has the input 'visual'.", message);
    }

    [Fact]
    public void Two_inputs_for_one_thing_are_refused_by_name()
    {
        string message = _models.Refusal(_models.Write(graph => graph.Inputs.Add(DeclaredType.Of("input_mask", TensorElementType.Int64, Dynamic))));
        Assert.Contains("two inputs for the same thing, 'attention_mask' and 'input_mask'", message);
    }

    internal static void MeanOfTokens(OnnxGraph graph)
    {
        // The pooler reads the first token.
        int at = graph.Nodes.FindIndex(node => node.OpType == "Gather" && node.Attribute("axis")?.Integer == 1);
        OnnxNode first = graph.Nodes[at];
        graph.Nodes[at] = Node("ReduceMean", [first.Inputs[0]], first.Outputs[0], OnnxAttribute.Of("axes", [1L]), OnnxAttribute.Of("keepdims", 0L));
    }
}
