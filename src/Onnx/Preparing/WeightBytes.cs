using System.Runtime.InteropServices;
using Thaw.Onnx.Format;

namespace Thaw.Onnx.Preparing;

/// <summary>The elements of a weight, little-endian, in a mapped file or in memory. They may be longer than a span can be.</summary>
internal readonly struct WeightBytes
{
    private readonly MappedFile? _file;
    private readonly long _offset;
    private readonly ReadOnlyMemory<byte> _memory;
    private readonly TensorElementType? _widenedFrom;

    /// <param name="length">Bytes in the file.</param>
    /// <param name="widenedFrom">The type of the elements in the file if they are read widened to float32; otherwise null.</param>
    public WeightBytes(MappedFile file, long offset, long length, TensorElementType? widenedFrom = null)
    {
        (_file, _offset, _widenedFrom) = (file, offset, widenedFrom);
        Length = widenedFrom is null ? length : length / TensorValues.HalfBytes * sizeof(float);
    }

    public WeightBytes(ReadOnlyMemory<byte> memory) => (_memory, Length) = (memory, memory.Length);

    /// <summary>Bytes of the elements as they are read.</summary>
    public long Length { get; }

    /// <summary>Whether <see cref="Read"/> needs a buffer.</summary>
    public bool IsWidened => _widenedFrom is not null;

    /// <summary>Some of the bytes: where they are, or in the buffer if they are widened.</summary>
    /// <param name="buffer">Of this length at least if they are widened.</param>
    public ReadOnlySpan<byte> Read(long offset, int length, Span<byte> buffer)
    {
        if (_file is null) return _memory.Span.Slice((int)offset, length);
        if (_widenedFrom is not { } type) return _file.Span(_offset + offset, length);
        const int Factor = sizeof(float) / TensorValues.HalfBytes;
        TensorValues.Widen(type, _file.Span(_offset + (offset / Factor), length / Factor), MemoryMarshal.Cast<byte, float>(buffer[..length]));
        return buffer[..length];
    }
}
