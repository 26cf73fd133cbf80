using Thaw.Inference;
using Thaw.Inference.Files;
using Thaw.Inference.Tasks;
using Thaw.Onnx.Format;
using Thaw.Onnx.Traits;

namespace Thaw.UnitTests.Inference.Tasks;

public sealed class TextClassificationTests
{
    // As transformers' TextClassificationPipeline decides: regression, then multi-label or one label, then the rest.
    [Theory]
    [InlineData(null, 1, ScoreFunction.Sigmoid)]
    [InlineData(null, 2, ScoreFunction.Softmax)]
    [InlineData(null, 30, ScoreFunction.Softmax)]
    [InlineData("single_label_classification", 1, ScoreFunction.Sigmoid)]
    [InlineData("single_label_classification", 3, ScoreFunction.Softmax)]
    [InlineData("multi_label_classification", 1, ScoreFunction.Sigmoid)]
    [InlineData("multi_label_classification", 28, ScoreFunction.Sigmoid)]
    [InlineData("regression", 1, ScoreFunction.None)]
    [InlineData("regression", 5, ScoreFunction.None)]
    public void The_problem_type_and_then_the_number_of_labels_decide_the_function(string? problem, int labels, ScoreFunction function)
    {
        Result<TextClassification> result = Create(new ModelConfig { ProblemType = problem }, labels);

        Assert.Equal(function, result.Value?.DefaultFunction);
    }

    [Fact]
    public void Labels_without_names_get_the_default_names_of_transformers() =>
        Assert.Equal(["LABEL_0", "LABEL_1", "LABEL_2"], Labels(new ModelConfig(), 3));

    [Fact]
    public void A_model_that_declares_no_number_of_labels_has_as_many_as_there_are_names() =>
        Assert.Equal(["a", "b"], Labels(new ModelConfig { Labels = ["a", "b"] }, null));

    [Theory]
    [InlineData(2, 3)]
    [InlineData(3, 2)]
    public void A_number_of_names_that_differs_from_the_number_of_labels_is_refused(int names, int classes)
    {
        var config = new ModelConfig { Labels = [.. Enumerable.Range(0, names).Select(number => $"{number}")] };

        InferenceError? error = Create(config, classes).Error;

        Assert.Equal(InferenceErrorKind.InvalidModel, error?.Kind);
        Assert.Contains($"{names} labels", error!.Message);
        Assert.EndsWith($"has {classes}.", error.Message);
    }

    [Fact]
    public void A_model_without_any_number_of_labels_is_refused() =>
        Assert.Equal(InferenceErrorKind.InvalidModel, Create(new ModelConfig(), null).Error?.Kind);

    [Fact]
    public void An_unknown_problem_type_is_refused_by_name() =>
        Assert.Contains("'something_new'", Create(new ModelConfig { ProblemType = "something_new" }, 2).Error?.Message);

    [Theory]
    [InlineData("torch.nn.modules.linear.Identity", ScoreFunction.None)]
    [InlineData("torch.nn.modules.activation.Sigmoid", ScoreFunction.Sigmoid)]
    [InlineData("torch.nn.modules.activation.Softmax", ScoreFunction.Softmax)]
    public void The_activation_function_of_a_cross_encoder_comes_first(string name, ScoreFunction function)
    {
        foreach (int labels in new[] { 1, 3 })
            Assert.Equal(function, Create(new ModelConfig { ActivationFunction = name, ProblemType = "regression" }, labels).Value?.DefaultFunction);
    }

    [Fact]
    public void Other_activation_functions_are_refused_by_name() =>
        Assert.Contains("activation.Tanh'", Create(new ModelConfig { ActivationFunction = "torch.nn.modules.activation.Tanh" }, 1).Error?.Message);

    [Theory]
    [InlineData(OutputFunction.Softmax)]
    [InlineData(OutputFunction.Sigmoid)]
    [InlineData(OutputFunction.OfProbabilities)]
    public void Scores_that_the_graph_has_made_are_left_as_they_are(OutputFunction inside)
    {
        foreach (string? problem in new[] { null, "multi_label_classification", "regression" })
        {
            TextClassification task = Create(new ModelConfig { ProblemType = problem }, 3, inside).Value!;
            Assert.Equal(ScoreFunction.None, task.DefaultFunction);
            Assert.Equal(ScoreFunction.None, task.FunctionFor(null).Value);
        }
    }

    [Theory]
    [InlineData(OutputFunction.Softmax, ScoreFunction.Softmax, ScoreFunction.None)]
    [InlineData(OutputFunction.Softmax, ScoreFunction.Sigmoid, null)]
    [InlineData(OutputFunction.Softmax, ScoreFunction.None, null)]
    [InlineData(OutputFunction.Sigmoid, ScoreFunction.Sigmoid, ScoreFunction.None)]
    [InlineData(OutputFunction.Sigmoid, ScoreFunction.Softmax, null)]
    [InlineData(OutputFunction.Sigmoid, ScoreFunction.None, null)]
    [InlineData(OutputFunction.LogSoftmax, ScoreFunction.Softmax, ScoreFunction.Softmax)]
    [InlineData(OutputFunction.LogSoftmax, ScoreFunction.Sigmoid, null)]
    [InlineData(OutputFunction.LogSoftmax, ScoreFunction.None, null)]
    [InlineData(OutputFunction.OfProbabilities, ScoreFunction.Softmax, null)]
    [InlineData(OutputFunction.None, ScoreFunction.None, ScoreFunction.None)]
    [InlineData(OutputFunction.None, ScoreFunction.Sigmoid, ScoreFunction.Sigmoid)]
    public void Only_the_function_that_the_graph_ends_in_can_be_asked_for(OutputFunction inside, ScoreFunction asked, ScoreFunction? expected)
    {
        Result<ScoreFunction> function = Create(new ModelConfig(), 2, inside).Value!.FunctionFor(asked);

        if (expected is not null) Assert.Equal(expected, function.Value);
        else Assert.Equal(InferenceErrorKind.InvalidRequest, function.Error?.Kind);
    }

    [Fact]
    public void The_logarithm_of_a_softmax_becomes_that_softmax()
    {
        Assert.Equal(ScoreFunction.Softmax, Create(new ModelConfig(), 2, OutputFunction.LogSoftmax).Value?.DefaultFunction);
        float[] row = [MathF.Log(0.25f), MathF.Log(0.75f)];
        Assert.Null(TextClassification.Score(row, ScoreFunction.Softmax));
        Assert.Equal(0.25, row[0], 1e-6);
    }

    [Fact]
    public void A_softmax_over_the_texts_is_refused() =>
        Assert.Contains("over the texts", Create(new ModelConfig(), 2, OutputFunction.AcrossTexts).Error?.Message);

    [Theory]
    [InlineData(ScoreFunction.None)]
    [InlineData(ScoreFunction.Sigmoid)]
    [InlineData(ScoreFunction.Softmax)]
    public void Scores_match_a_simple_computation_in_doubles(ScoreFunction function)
    {
        var random = new Random(7);
        for (int round = 0; round < 2000; round++)
        {
            float scale = MathF.Pow(10, random.Next(-3, 4));
            float[] logits = [.. Enumerable.Range(0, random.Next(1, 40)).Select(_ => (random.NextSingle() - 0.5f) * scale)];
            double[] expected = Reference(logits, function);

            Assert.Null(TextClassification.Score(logits, function));

            for (int i = 0; i < logits.Length; i++) Assert.Equal(expected[i], logits[i], Math.Max(1e-6, Math.Abs(expected[i]) * 2e-5));
        }
    }

    [Theory]
    [InlineData(new[] { 1e30f, -1e30f, 0 }, new[] { 1f, 0, 0 }, ScoreFunction.Softmax)]
    [InlineData(new[] { float.MaxValue, float.MaxValue }, new[] { 0.5f, 0.5f }, ScoreFunction.Softmax)]
    [InlineData(new[] { float.MinValue, float.MinValue }, new[] { 0.5f, 0.5f }, ScoreFunction.Softmax)]
    [InlineData(new[] { float.MinValue, float.MaxValue }, new[] { 0f, 1 }, ScoreFunction.Softmax)]
    [InlineData(new[] { 1e30f, -1e30f, 0 }, new[] { 1f, 0, 0.5f }, ScoreFunction.Sigmoid)]
    [InlineData(new[] { 1e30f, -1e30f }, new[] { 1e30f, -1e30f }, ScoreFunction.None)]
    public void The_largest_logits_do_not_overflow(float[] logits, float[] expected, ScoreFunction function)
    {
        Assert.Null(TextClassification.Score(logits, function));

        Assert.Equal(expected, logits);
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    [InlineData(float.NegativeInfinity)]
    public void Logits_that_are_not_finite_are_refused_at_every_position(float bad)
    {
        foreach (ScoreFunction function in Enum.GetValues<ScoreFunction>())
        {
            for (int at = 0; at < 9; at++)
            {
                var logits = new float[9];
                logits[at] = bad;
                Assert.Equal(InferenceErrorKind.Failed, TextClassification.Score(logits, function)?.Kind);
            }
        }
    }

    private static Result<TextClassification> Create(ModelConfig config, int? labels, OutputFunction inside = OutputFunction.None) =>
        TextClassification.Create(config, "model.onnx", "logits", new LogitsOutput(0, TensorElementType.Float32, labels), inside);

    private static IEnumerable<string> Labels(ModelConfig config, int? classes)
    {
        Result<TextClassification> result = Create(config, classes);
        Assert.Null(result.Error);
        return result.Value!.Labels;
    }

    private static double[] Reference(float[] logits, ScoreFunction function)
    {
        double largest = logits.Max();
        double sum = logits.Sum(logit => Math.Exp(logit - largest));
        return [.. logits.Select(logit => function switch
        {
            ScoreFunction.Sigmoid => 1 / (1 + Math.Exp(-(double)logit)),
            ScoreFunction.Softmax => Math.Exp(logit - largest) / sum,
            _ => logit,
        })];
    }
}
