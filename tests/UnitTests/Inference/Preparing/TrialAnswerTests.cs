using Thaw.Inference.Preparing;
using Thaw.Onnx.Format;
using Thaw.Onnx.Runtime;

namespace Thaw.UnitTests.Inference.Preparing;

public sealed class TrialAnswerTests
{
    [Theory]
    [InlineData(1, 1.00009, true)]
    [InlineData(1, 1.00011, false)]
    [InlineData(0.001, 0.00109, true)]
    [InlineData(0.001, 0.0012, false)]
    [InlineData(-50, -50.004, true)]
    [InlineData(-50, -50.006, false)]
    [InlineData(double.NaN, double.NaN, true)]
    [InlineData(double.NaN, 1, false)]
    [InlineData(1, double.NaN, false)]
    [InlineData(double.NegativeInfinity, double.NegativeInfinity, true)]
    [InlineData(double.PositiveInfinity, 1, false)]
    public void Float32_may_differ_by_a_share_of_the_largest_answer_or_of_1(double expected, double actual, bool isAlike) =>
        Assert.Equal(isAlike, Compare(TensorElementType.Float32, [expected, 0.0001], [actual, 0.0001]) <= 1);

    [Fact]
    public void Float16_and_quantized_models_may_differ_by_more()
    {
        Assert.True(Compare(TensorElementType.Float32, [1], [1.001]) > 1);
        Assert.True(Compare(TensorElementType.Float16, [1], [1.001]) <= 1);
        Assert.True(Compare(TensorElementType.Float16, [1], [1.003]) > 1);
        Assert.True(Compare(TensorElementType.Float32, [1], [1.04], isQuantized: true) <= 1);
        Assert.True(Compare(TensorElementType.Float32, [1], [1.06], isQuantized: true) > 1);
        Assert.True(Compare(TensorElementType.Float16, [1], [1.04], isWidened: true) <= 1);
        Assert.True(Compare(TensorElementType.Float16, [1], [1.06], isWidened: true) > 1);
    }

    [Fact]
    public void The_worst_of_all_outputs_and_batches_is_reported()
    {
        TensorInfo[] outputs = [new("a", TensorElementType.Float32, [-1]), new("b", TensorElementType.Float16, [-1])];
        Trial expected = Of(outputs, [[[1], [1]], [[10], [1]]]), actual = Of(outputs, [[[1.0005], [1.001]], [[10], [1]]]);
        Assert.Equal(0.5, TrialAnswer.Compare(expected, actual, isQuantized: false, isWidened: false, out double difference, out double tolerance), 1e-6);
        // The first output's scale is 10, from the second batch.
        Assert.Contains((Math.Round(difference, 6), tolerance), ((double, double)[])[(0.00005, 1e-4), (0.001, 2e-3)]);
        Trial longer = Of(outputs, [[[1], [1, 1]], [[10], [1]]]);
        Assert.Equal(double.PositiveInfinity, TrialAnswer.Compare(expected, longer, isQuantized: false, isWidened: false, out _, out _));
    }

    private static double Compare(TensorElementType type, double[] expected, double[] actual, bool isQuantized = false, bool isWidened = false)
    {
        TensorInfo[] outputs = [new("logits", type, [-1])];
        return TrialAnswer.Compare(Of(outputs, [[expected]]), Of(outputs, [[actual]]), isQuantized, isWidened, out _, out _);
    }

    private static Trial Of(TensorInfo[] outputs, double[][][] answers) => new(new TrialTimes(default, default, default, 0), outputs, answers, 1);
}
