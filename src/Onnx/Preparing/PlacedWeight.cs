using System.Runtime.InteropServices;

namespace Thaw.Onnx.Preparing;

/// <summary>A weight's place in the data file.</summary>
/// <param name="Columns">Of a weight that is written transposed, the columns that it has before; 0 for others.</param>
internal readonly record struct PlacedWeight(WeightBytes Bytes, long Offset, long Columns)
{
    private const int ChunkBytes = 1 << 20;

    // As many floats as a cache line holds, a few times: each row of the source is read in whole lines.
    private const int MostColumns = 64;

    /// <summary>Writes the elements where the stream stands.</summary>
    /// <param name="written">Told of so many bytes now and then.</param>
    public void WriteTo(Stream stream, Action<long> written)
    {
        if (Columns > 0) WriteTransposed(stream, written);
        else WriteAsTheyLie(stream, written);
    }

    private void WriteAsTheyLie(Stream stream, Action<long> written)
    {
        for (long at = 0; at < Bytes.Length; at += ChunkBytes)
        {
            int length = (int)Math.Min(ChunkBytes, Bytes.Length - at);
            stream.Write(Bytes.Span(at, length));
            written(length);
        }
    }

    private void WriteTransposed(Stream stream, Action<long> written)
    {
        long rows = Bytes.Length / sizeof(float) / Columns;
        int strip = (int)Math.Clamp(ChunkBytes / (rows * sizeof(float)), 1, Math.Min(MostColumns, Columns));
        float[] buffer = new float[checked(strip * rows)];
        for (long column = 0; column < Columns; column += strip)
        {
            int width = (int)Math.Min(strip, Columns - column);
            for (int row = 0; row < rows; row++)
            {
                ReadOnlySpan<float> source = MemoryMarshal.Cast<byte, float>(Bytes.Span(((row * Columns) + column) * sizeof(float), width * sizeof(float)));
                for (int i = 0, to = row; i < source.Length; i++, to += (int)rows) buffer[to] = source[i];
            }

            ReadOnlySpan<byte> whole = MemoryMarshal.AsBytes(buffer.AsSpan(0, checked((int)(width * rows))));
            stream.Write(whole);
            written(whole.Length);
        }
    }
}
