using System.Text;

namespace Thaw.TestModels.Weights;

/// <summary>
/// The values of all weights of one seed. Value number i of a weight is the i-th output of a splitmix64 generator
/// (https://prng.di.unimi.it/splitmix64.c) that starts from the seed and the weight's name. That generator's state is a
/// plain multiple of i, so any element can be computed alone: a graph that needs a weight transposed, packed with others
/// or only one row of it gets the same numbers without the whole matrix in memory.
/// </summary>
internal sealed class WeightSource(int seed)
{
    private const ulong Step = 0x9E3779B97F4A7C15;

    /// <summary>Fills <paramref name="values"/> with the elements first, first + stride, ... of the weight, row-major.</summary>
    public void Fill(Weight weight, Span<float> values, long first = 0, long stride = 1)
    {
        ulong state = StartOf(weight.Name) + ((ulong)first + 1) * Step;
        ulong step = (ulong)stride * Step;
        float scale = weight.Amplitude / (1 << 23);
        for (int i = 0; i < values.Length; i++, state += step)
        {
            // The 24 highest bits, as a float has no more, centred on zero.
            int bits = (int)(Mix(state) >> 40) - (1 << 23);
            values[i] = weight.Center + bits * scale;
        }
    }

    /// <summary>The whole weight, row-major.</summary>
    public float[] Values(Weight weight)
    {
        float[] values = new float[weight.Count];
        Fill(weight, values);
        return values;
    }

    private ulong StartOf(string name)
    {
        // FNV-1a; string.GetHashCode differs from process to process.
        ulong hash = 0xCBF29CE484222325;
        foreach (byte b in Encoding.UTF8.GetBytes(name)) hash = (hash ^ b) * 0x100000001B3;
        return Mix(hash ^ Mix((ulong)seed + Step));
    }

    private static ulong Mix(ulong z)
    {
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
