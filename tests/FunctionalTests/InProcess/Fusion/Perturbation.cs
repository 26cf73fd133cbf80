using System.Runtime.InteropServices;
using Thaw.Onnx.Format;
using Thaw.Onnx.Runtime;

namespace Thaw.FunctionalTests.InProcess.Fusion;

/// <summary>
/// Tells graphs with meaningful answers from graphs that amplify rounding, for example by the root of a value that is zero except for rounding.
/// </summary>
internal static class Perturbation
{
    // A few units in the last place of a float.
    private const double Size = 5e-7;

    /// <summary>The same model with slightly different weights.</summary>
    public static byte[] Of(string path, int seed)
    {
        using OnnxModelFile model = OnnxModelFile.Open(path, smallestMapped: long.MaxValue);
        var random = new Random(seed);
        for (int i = 0; i < model.Graph.Initializers.Count; i++)
        {
            OnnxTensor tensor = model.Graph.Initializers[i];
            if (tensor is not { ElementType: TensorElementType.Float32, RawData: { Length: > sizeof(float) } raw }) continue;
            byte[] data = raw.ToArray();
            foreach (ref float number in MemoryMarshal.Cast<byte, float>(data.AsSpan())) number *= (float)(1 + (Size * ((random.NextDouble() * 2) - 1)));
            model.Graph.Initializers[i] = tensor with { RawData = data };
        }

        return model.Write(ownFile: null).ToArray();
    }

    /// <summary>Whether a graph gives other answers when its weights are slightly different.</summary>
    /// <param name="output">What output <paramref name="index"/> is with the weights of the file.</param>
    public static bool Amplifies(string path, Func<byte[], OrtSession?> load, float[] output, int index, Func<OrtSession, float[]?[]> run)
    {
        for (int seed = 0; seed < 8; seed++)
        {
            using OrtSession? perturbed = load(Of(path, seed));
            if (perturbed is null || run(perturbed)[index] is not { } other || Difference(output, other) > Tolerance(output) / 4) return true;
        }

        return false;
    }

    /// <summary>A graph that computes NaN from numbers is broken, so what it computes from NaN does not matter.</summary>
    public static double Difference(float[] expected, float[] actual) => Answers.Difference(expected, actual, ignoresNaN: true);

    /// <summary>A change may make the values very large, and rounding errors with them.</summary>
    public static double Tolerance(float[] values) =>
        1e-4 * Math.Max(1, values.Where(float.IsFinite).Select(value => Math.Abs((double)value)).DefaultIfEmpty().Max());
}
