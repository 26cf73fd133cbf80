using System.Runtime.InteropServices;
using Thaw.TestModels.Weights;

namespace Thaw.TestModels.Format;

/// <summary>
/// One weight, or several side by side in the last dimension (query, key and value packed for one Attention node), as
/// PyTorch keeps them or transposed, as the operand of a MatMul.
/// </summary>
internal sealed class WeightInitializer : Initializer
{
    private readonly Weight[] _parts;
    private readonly bool _transposed;

    private WeightInitializer(string name, long[] dims, Weight[] parts, bool transposed)
        : base(name, OnnxType.Float, dims, parts.Sum(part => part.Count) * sizeof(float))
    {
        Parameters = parts.Sum(part => part.Count);
        _parts = parts;
        _transposed = transposed;
    }

    public static WeightInitializer AsKept(Weight weight) => new(weight.Name, weight.Dims, [weight], transposed: false);

    /// <summary>[in, out of all parts], from parts of [out, in].</summary>
    public static WeightInitializer Transposed(string name, params Weight[] parts) =>
        new(name, [parts[0].Columns, parts.Sum(part => (long)part.Rows)], parts, transposed: true);

    /// <summary>Vectors one after the other.</summary>
    public static WeightInitializer Joined(string name, params Weight[] parts) =>
        new(name, [parts.Sum(part => part.Count)], parts, transposed: false);

    public override void WriteTo(Stream stream, WeightSource source, Span<float> scratch)
    {
        if (!_transposed)
        {
            foreach (Weight part in _parts) WriteRun(part, 0, 1, part.Count, stream, source, scratch);
            return;
        }

        // Row r of the transposed matrix is column r of each part.
        int columns = _parts[0].Columns;
        for (int r = 0; r < columns; r++)
            foreach (Weight part in _parts) WriteRun(part, r, columns, part.Rows, stream, source, scratch);
    }

    private static void WriteRun(
        Weight weight, long first, long stride, long count, Stream stream, WeightSource source, Span<float> scratch)
    {
        for (long done = 0; done < count;)
        {
            Span<float> values = scratch[..(int)Math.Min(count - done, scratch.Length)];
            source.Fill(weight, values, first + done * stride, stride);
            stream.Write(MemoryMarshal.AsBytes(values));
            done += values.Length;
        }
    }
}
