using Thaw.Inference;
using Thaw.Inference.Files;
using Thaw.Inference.Tasks;
using Thaw.Onnx.Format;

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
    [InlineData("something_new", 1, ScoreFunction.Sigmoid)]
    [InlineData("something_new", 2, ScoreFunction.Softmax)]
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
        Assert.Contains($"has {classes}", error.Message);
    }

    [Fact]
    public void A_model_without_any_number_of_labels_is_refused() =>
        Assert.Equal(InferenceErrorKind.InvalidModel, Create(new ModelConfig(), null).Error?.Kind);

    [Theory]
    [InlineData("BertForSequenceClassification", true)]
    [InlineData("DistilBertForSequenceClassification", true)]
    [InlineData("BertForTokenClassification", false)]
    [InlineData("BertModel", false)]
    [InlineData("bertforsequenceclassification", false)]
    [InlineData("", false)]
    public void Other_architectures_are_refused_by_name(string architecture, bool accepted)
    {
        InferenceError? error = TaskCatalog.Refuse(new ModelConfig { Architectures = [architecture] });

        Assert.Equal(accepted, error is null);
        if (error is not null) Assert.Contains($"'{architecture}'", error.Message);
    }

    [Fact]
    public void A_configuration_without_architectures_is_accepted() =>
        Assert.Null(TaskCatalog.Refuse(new ModelConfig()));

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

    private static Result<TextClassification> Create(ModelConfig config, int? labels) =>
        TextClassification.Create(config, new LogitsOutput(0, TensorElementType.Float32, labels));

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
