using System.Runtime.InteropServices;
using Thaw.Onnx.Format;

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
}
