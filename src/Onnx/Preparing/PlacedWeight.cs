using System.Runtime.InteropServices;

namespace Thaw.Onnx.Preparing;

/// <summary>A weight and its place in the data file.</summary>
/// <param name="Columns">The number of columns of a weight of float32 that is written transposed, before the transposition; 0 for other weights.</param>
internal readonly record struct PlacedWeight(WeightBytes Bytes, long Offset, long Columns)
{
    private const int ChunkBytes = 1 << 20;

    // A multiple of the 16 floats in a cache line, so that each row of the source is read in whole lines.
    private const int MostColumns = 64;

    /// <summary>Writes the elements at the stream's position.</summary>
    /// <param name="written">Called after each part with its number of bytes.</param>
    public void WriteTo(Stream stream, Action<long> written)
    {
        if (Columns > 0) WriteTransposed(stream, written);
        else WriteUnchanged(stream, written);
    }

    private void WriteUnchanged(Stream stream, Action<long> written)
    {
        byte[] buffer = Bytes.IsWidened ? new byte[Math.Min(ChunkBytes, Bytes.Length)] : [];
        for (long at = 0; at < Bytes.Length; at += ChunkBytes)
        {
            int length = (int)Math.Min(ChunkBytes, Bytes.Length - at);
            stream.Write(Bytes.Read(at, length, buffer));
            written(length);
        }
    }

    private void WriteTransposed(Stream stream, Action<long> written)
    {
        long rows = Bytes.Length / sizeof(float) / Columns;
        int strip = (int)Math.Clamp(ChunkBytes / (rows * sizeof(float)), 1, Math.Min(MostColumns, Columns));
        float[] buffer = new float[checked(strip * rows)];
        Span<byte> part = stackalloc byte[MostColumns * sizeof(float)];
        for (long column = 0; column < Columns; column += strip)
        {
            int width = (int)Math.Min(strip, Columns - column);
            for (int row = 0; row < rows; row++)
            {
                ReadOnlySpan<float> source = MemoryMarshal.Cast<byte, float>(
                    Bytes.Read(((row * Columns) + column) * sizeof(float), width * sizeof(float), part));
                for (int i = 0, to = row; i < source.Length; i++, to += (int)rows) buffer[to] = source[i];
            }

            ReadOnlySpan<byte> whole = MemoryMarshal.AsBytes(buffer.AsSpan(0, checked((int)(width * rows))));
            stream.Write(whole);
            written(whole.Length);
        }
    }
}
