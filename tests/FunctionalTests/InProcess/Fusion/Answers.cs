using System.Runtime.InteropServices;
using Thaw.Onnx.Format;
using Thaw.Onnx.Runtime;

namespace Thaw.FunctionalTests.InProcess.Fusion;

/// <summary>Runs encoders over random tokens and compares their answers.</summary>
internal static class Answers
{
    /// <summary>The elements of each output for random tokens, the same for the same seed; null for an output that fails.</summary>
    /// <param name="weights">For a session that models share: the model's weights, which are its last inputs.</param>
    public static float[]?[] Of(
        OrtSession session, int rows, int columns, Padding padding, int vocabulary, int seed, MappedWeights? weights = null)
    {
        var random = new Random(seed);
        int[] lengths = [.. Enumerable.Range(0, rows).Select(_ => random.Next(1, columns + 1))];
        bool IsToken(int row, int column) => padding switch
        {
            Padding.Right => column < lengths[row],
            Padding.Left => column >= columns - lengths[row],
            Padding.Holes => random.Next(2) == 0,
            Padding.WholeRows => row % 2 == 1,
            _ => true,
        };
        return Of(session, rows, columns, (input, row, column) => input switch
        {
            "attention_mask" => IsToken(row, column) ? 1 : 0,
            "token_type_ids" => random.Next(2),
            _ => random.Next(vocabulary),
        }, weights);
    }

    /// <param name="element">The element of an input of this name at a row and column.</param>
    public static float[]?[] Of(OrtSession session, int rows, int columns, Func<string, int, int, long> element, MappedWeights? weights = null)
    {
        List<long[]> memory = [];
        TensorView[] views = [.. session.Inputs.SkipLast(weights?.Values.Length ?? 0).Select((input, index) =>
        {
            long[] tensor = GC.AllocateArray<long>((rows * columns) + 1, pinned: true);
            memory.Add(tensor);
            for (int i = 0; i < rows * columns; i++)
            {
                long value = element(input.Name, i / columns, i % columns);
                if (input.ElementType == TensorElementType.Int32) MemoryMarshal.Cast<long, int>(tensor.AsSpan())[i] = (int)value;
                else tensor[i] = value;
            }

            return new TensorView(index, Marshal.UnsafeAddrOfPinnedArrayElement(tensor, 0), input.ElementType, new TensorShape(rows, columns));
        })];
        var outputs = new float[]?[session.Outputs.Count];
        for (int i = 0; i < outputs.Length; i++) outputs[i] = Run(session, views, i, weights);
        GC.KeepAlive(memory);
        return outputs;
    }

    /// <summary>The largest difference between two answers; infinite if only one is NaN, or if their lengths differ.</summary>
    /// <param name="ignoresNaN">Treats anything as equal to an expected NaN.</param>
    public static double Difference(float[] expected, float[] actual, bool ignoresNaN = false)
    {
        if (expected.Length != actual.Length) return double.PositiveInfinity;
        double largest = 0;
        for (int i = 0; i < expected.Length; i++)
        {
            if (expected[i].Equals(actual[i]) || (ignoresNaN && float.IsNaN(expected[i]))) continue;
            double difference = Math.Abs((double)expected[i] - actual[i]);
            largest = Math.Max(largest, double.IsNaN(difference) ? double.PositiveInfinity : difference);
        }

        return largest;
    }

    private static float[]? Run(OrtSession session, TensorView[] views, int output, MappedWeights? weights)
    {
        try
        {
            using OrtRun run = OrtRun.Execute(session, views, [output], shrinkArena: false, weights);
            return session.Outputs[output].ElementType switch
            {
                TensorElementType.Float32 => run.Data<float>().ToArray(),
                TensorElementType.Float16 => Array.ConvertAll(run.Data<Half>().ToArray(), half => (float)half),
                TensorElementType.Int64 => Array.ConvertAll(run.Data<long>().ToArray(), integer => (float)integer),
                _ => [],
            };
        }
        catch (OnnxRuntimeException)
        {
            return null;
        }
    }
}
