using Thaw.Onnx.Format;
using Thaw.Onnx.Runtime;

namespace Thaw.Inference.Preparing;

/// <summary>Reads outputs of any type of number, and compares them.</summary>
internal static class TrialAnswer
{
    // Of float32, as a share of the largest answer, and of 1 where that is less: rounding grows with the numbers that are added up, and softmax
    // and sigmoid turn logits that are near to 0 into scores by their difference, not their quotient.
    private const double Float32Tolerance = 1e-4;

    // The same rounding, and then the next number of ten bits.
    private const double Float16Tolerance = 2e-3;

    // Activations are rounded to one of 256 steps. What differs in its last bit can fall to the next one, in any layer: original and prepared
    // model differ as the original does from itself, loaded with and without optimizations.
    private const double QuantizedTolerance = 5e-2;

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

    /// <summary>The largest difference of two trials' answers in terms of what is allowed: above 1 they are not the same model.</summary>
    /// <param name="difference">The same as a share of the largest answer, or of 1 if that is more. Infinite where shapes differ, or one is no number.</param>
    /// <param name="tolerance">What is allowed of that.</param>
    public static double Compare(Trial expected, Trial actual, bool isQuantized, out double difference, out double tolerance)
    {
        double worst = -1;
        (difference, tolerance) = (0, Float32Tolerance);
        for (int output = 0; output < expected.Outputs.Count; output++)
        {
            double allowed = isQuantized ? QuantizedTolerance : expected.Outputs[output].ElementType == TensorElementType.Float16 ? Float16Tolerance : Float32Tolerance;
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
