using Thaw.Onnx.Format;
using Thaw.Onnx.Runtime;

namespace Thaw.Inference.Preparing;

/// <summary>Reads outputs of any numeric type, and compares them.</summary>
internal static class TrialAnswer
{
    // For float32, as a share of the largest answer, or of 1 if that is more: rounding errors grow with the numbers that are added, and for
    // logits near 0 the scores of softmax and sigmoid depend on differences between logits, not on their ratios.
    private const double Float32Tolerance = 1e-4;

    // For float16: the same rounding errors, and then rounding to a mantissa of 10 bits.
    private const double Float16Tolerance = 2e-3;

    // For quantized models: activations are rounded to one of 256 steps, so a difference in the last bit can become a whole step, in any layer.
    // The original differs as much from itself when it is loaded with and without optimizations.
    private const double QuantizedTolerance = 5e-2;

    // For float16 and bfloat16 weights that become float32: the original rounds to 11 or 8 bits after every node.
    private const double WidenedTolerance = 5e-2;

    public static bool IsComparable(TensorInfo output) => output.ElementType is
        TensorElementType.Float32 or TensorElementType.Float16 or TensorElementType.Float64 or TensorElementType.Int64 or TensorElementType.Int32;

    public static double[] Read(in OrtRun run, int output, TensorElementType type) => type switch
    {
        TensorElementType.Float32 => Convert(run.Data<float>(output)),
        TensorElementType.Float16 => Convert(run.Data<Half>(output)),
        TensorElementType.Float64 => run.Data<double>(output).ToArray(),
        TensorElementType.Int64 => Convert(run.Data<long>(output)),
        _ => Convert(run.Data<int>(output)),
    };

    /// <summary>The largest difference between the answers of two trials, divided by what is allowed: above 1 the models differ.</summary>
    /// <param name="difference">The difference as a share of the largest answer, or of 1 if that is more. Infinite if sizes differ, or only one is NaN.</param>
    /// <param name="tolerance">The largest difference that is allowed.</param>
    public static double Compare(
        Trial expected, Trial actual, bool isQuantized, bool isWidened, out double difference, out double tolerance)
    {
        double worst = -1;
        (difference, tolerance) = (0, Float32Tolerance);
        for (int output = 0; output < expected.Outputs.Count; output++)
        {
            double allowed = isQuantized ? QuantizedTolerance
                : isWidened ? WidenedTolerance
                : expected.Outputs[output].ElementType == TensorElementType.Float16 ? Float16Tolerance
                : Float32Tolerance;
            double scale = expected.Answers.SelectMany(answer => answer[output]).Where(double.IsFinite).Select(Math.Abs).DefaultIfEmpty(0).Max();
            double largest = expected.Answers.Zip(actual.Answers, (one, other) => Difference(one[output], other[output])).Max() / Math.Max(1, scale);
            if (largest / allowed <= worst) continue;
            (worst, difference, tolerance) = (largest / allowed, largest, allowed);
        }

        return worst;
    }

    private static double Difference(double[] expected, double[] actual)
    {
        if (expected.Length != actual.Length) return double.PositiveInfinity;
        double largest = 0;
        for (int i = 0; i < expected.Length; i++)
        {
            if (expected[i].Equals(actual[i])) continue;
            double difference = Math.Abs(expected[i] - actual[i]);
            largest = double.IsNaN(difference) ? double.PositiveInfinity : Math.Max(largest, difference);
        }

        return largest;
    }

    private static double[] Convert<T>(ReadOnlySpan<T> numbers) where T : System.Numerics.INumberBase<T>
    {
        double[] converted = new double[numbers.Length];
        for (int i = 0; i < converted.Length; i++) converted[i] = double.CreateTruncating(numbers[i]);
        return converted;
    }
}
