using System.Buffers;

namespace Thaw.Inference.Batching;

/// <summary>One row of numbers for each text, in a pooled buffer. Its one owner disposes it.</summary>
public sealed class FloatRows : IDisposable
{
    private float[] _values;

    internal FloatRows(int rows, int columns)
    {
        Columns = columns;
        _values = ArrayPool<float>.Shared.Rent(Math.Max(1, checked(rows * columns)));
    }

    /// <summary>Numbers in a row.</summary>
    public int Columns { get; }

    public Span<float> Row(int index) => _values.AsSpan(index * Columns, Columns);

    internal Span<float> Rows(int first, int count) => _values.AsSpan(first * Columns, count * Columns);

    public void Dispose()
    {
        float[] values = Interlocked.Exchange(ref _values, []);
        if (values.Length > 0) ArrayPool<float>.Shared.Return(values);
    }
}
