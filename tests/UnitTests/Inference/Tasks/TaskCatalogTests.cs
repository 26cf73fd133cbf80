using Thaw.Inference;
using Thaw.Inference.Files;
using Thaw.Inference.Tasks;
using Thaw.Onnx.Format;
using Thaw.Onnx.Runtime;
using Thaw.Onnx.Traits;

namespace Thaw.UnitTests.Inference.Tasks;

/// <summary>The graph decides what a model is for, names help.</summary>
public sealed class TaskCatalogTests
{
    private static readonly TensorInfo Logits = Output("logits", -1, 3);

    [Theory]
    [InlineData("BertForSequenceClassification")]
    [InlineData("BertForMultiLabelClassification")]
    [InlineData("MyOwnThing")]
    [InlineData("BertModel")]
    [InlineData("BertForTokenClassification")]
    [InlineData("")]
    public void A_classifier_may_have_any_class_name(string name)
    {
        Assert.Equal(3, Pick(Config(name, "a", "b", "c"), Logits).Value?.Width);
        Assert.Equal(3, Pick(Config(name, "a", "b", "c"), Output("output_0", -1, 3)).Value?.Width);
    }

    [Theory]
    [InlineData("logits")]
    [InlineData("probabilities")]
    [InlineData("scores:0")]
    public void An_output_by_the_name_of_scores_needs_no_labels(string name) => Assert.NotNull(Pick(new ModelConfig(), Output(name, -1, 26)).Value);

    [Fact]
    public void Classification_in_the_configuration_needs_no_labels()
    {
        TensorInfo output = Output("output", -1, 26);
        Assert.NotNull(Pick(Config("BertForSequenceClassification"), output).Value);
        Assert.NotNull(Pick(Config("TextClassifier"), output).Value);
        Assert.NotNull(Pick(new ModelConfig { ProblemType = "regression" }, output).Value);
        Assert.NotNull(Pick(new ModelConfig { ActivationFunction = "torch.nn.Sigmoid" }, output).Value);
        Assert.NotNull(Pick(new ModelConfig { LabelCount = 26 }, output).Value);
    }

    [Theory]
    [InlineData("output", 384)]
    [InlineData("sentence_embedding", 3)]
    [InlineData("pooler_output", 3)]
    public void A_vector_without_labels_that_fit_is_an_embedding(string name, int size)
    {
        string message = Refusal(new ModelConfig { Labels = ["a", "b", "c"] }, Output(name, -1, size));

        Assert.Contains("embeddings", message);
        Assert.Contains($"'{name}' has {size} numbers", message);
    }

    [Fact]
    public void Labels_that_do_not_fit_a_classifier_are_refused_with_both_numbers()
    {
        foreach (ModelConfig config in new[] { Config("BertForSequenceClassification", "a", "b"), new ModelConfig { LabelCount = 2 } })
        {
            string message = Refusal(config, Logits);
            Assert.Contains("2 labels", message);
            Assert.Contains("has 3", message);
        }
    }

    [Theory]
    [InlineData("BertForTokenClassification", 5, "token classification")]
    [InlineData("BertForMaskedLM", 5, "filling masks")]
    [InlineData("GPT2LMHeadModel", 5, "text generation")]
    [InlineData("LlamaForCausalLM", 5, "text generation")]
    [InlineData("BertForQuestionAnswering", 2, "question answering")]
    [InlineData("", 5, "token classification")]
    [InlineData("", 790, "filling masks")]
    public void A_model_with_numbers_for_each_token_says_its_task(string name, int size, string task)
    {
        string message = Refusal(Config(name) with { VocabularySize = 790 }, Output("logits", -1, -1, size));

        Assert.StartsWith("model.onnx: The model is for " + task, message);
        Assert.EndsWith("Only text classification is served.", message);
    }

    [Fact]
    public void Labels_that_fit_the_tokens_are_for_them() =>
        Assert.Contains("token classification", Refusal(Config("Tagger", "O", "B"), Output("output", -1, -1, 2)));

    [Theory]
    [InlineData("last_hidden_state", "BertModel")]
    [InlineData("token_embeddings", "")]
    [InlineData("output", "XLMRobertaModel")]
    public void Hidden_states_are_embeddings(string output, string name) =>
        Assert.Contains("embeddings", Refusal(Config(name), Output(output, -1, -1, 32), Output("pooler_output", -1, 32)));

    [Fact]
    public void Modules_beside_the_model_say_sentence_embeddings_and_leave_a_classifier_alone()
    {
        ModelConfig config = Config("BertModel", "a", "b", "c") with { HasModules = true };

        Assert.Contains("sentence embeddings", Refusal(config, Output("last_hidden_state", -1, -1, 32)));
        Assert.Contains("sentence embeddings", Refusal(config, Output("sentence_embedding", -1, 32)));
        Assert.NotNull(Pick(config, Logits).Value);
    }

    [Theory]
    [InlineData("BertForQuestionAnswering")]
    [InlineData("")]
    public void Two_numbers_for_each_token_answer_questions(string name) =>
        Assert.Contains("question answering", Refusal(Config(name, "a", "b"), Output("start_logits", -1, -1), Output("end_logits", -1, -1)));

    [Fact]
    public void Choices_are_not_labels() => Assert.Contains("multiple choice", Refusal(Config("BertForMultipleChoice"), Output("logits", -1, -1)));

    [Fact]
    public void Logits_beside_hidden_states_classify()
    {
        Assert.NotNull(Pick(Config("Custom", "a", "b", "c"), Logits, Output("hidden_states", -1, -1, 32)).Value);
        Assert.NotNull(Pick(Config("Custom", "a", "b", "c"), Output("last_hidden_state", -1, -1, 32), Logits).Value);
    }

    [Fact]
    public void A_graph_that_cannot_be_read_is_refused() =>
        Assert.Contains("graph", TaskCatalog.Pick(Config("", "a", "b", "c"), "model.onnx", [Logits], traits: null).Error?.Message);

    [Fact]
    public void What_the_graph_has_done_to_the_output_counts() =>
        Assert.Equal(
            ScoreFunction.None,
            Assert.IsType<TextClassification>(Pick(Config("", "a", "b", "c"), [OutputFunction.Softmax], Logits).Value).DefaultFunction);

    [Theory]
    [InlineData(OutputFunction.Softmax, false)]
    [InlineData(OutputFunction.LogSoftmax, false)]
    [InlineData(OutputFunction.Sigmoid, true)]
    public void A_softmax_over_the_only_axis_is_one_over_the_texts(OutputFunction function, bool isServed)
    {
        Result<ModelTask> picked = Pick(Config("", "a"), [function], Output("scores", -1));
        if (isServed) Assert.Null(picked.Error);
        else Assert.Contains("over the texts", picked.Error?.Message);
    }

    private static ModelConfig Config(string name, params string[] labels) => new() { Architectures = name.Length > 0 ? [name] : [], Labels = labels };

    private static TensorInfo Output(string name, params long[] shape) => new(name, TensorElementType.Float32, shape);

    private static Result<ModelTask> Pick(ModelConfig config, params TensorInfo[] outputs) =>
        Pick(config, [.. outputs.Select(_ => OutputFunction.None)], outputs);

    private static Result<ModelTask> Pick(ModelConfig config, OutputFunction[] functions, params TensorInfo[] outputs) =>
        TaskCatalog.Pick(config, "model.onnx", outputs, TestTraits.Of(functions));

    private static string Refusal(ModelConfig config, params TensorInfo[] outputs)
    {
        Result<ModelTask> picked = Pick(config, outputs);
        Assert.Equal(InferenceErrorKind.InvalidModel, picked.Error?.Kind);
        return picked.Error!.Message;
    }
}
