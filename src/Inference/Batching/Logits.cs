using System.Buffers;

namespace Thaw.Inference.Batching;

/// <summary>One row of numbers per text, in a pooled buffer that whoever gets it disposes.</summary>
public sealed class Logits : IDisposable
{
    private float[] _values;

    internal Logits(int rows, int columns)
    {
        Columns = columns;
        _values = ArrayPool<float>.Shared.Rent(Math.Max(1, checked(rows * columns)));
    }

    /// <summary>Numbers per row: the classes.</summary>
    public int Columns { get; }

    public Span<float> Row(int index) => _values.AsSpan(index * Columns, Columns);

    internal Span<float> Rows(int first, int count) => _values.AsSpan(first * Columns, count * Columns);

    public void Dispose()
    {
        float[] values = Interlocked.Exchange(ref _values, []);
        if (values.Length > 0) ArrayPool<float>.Shared.Return(values);
    }
}
