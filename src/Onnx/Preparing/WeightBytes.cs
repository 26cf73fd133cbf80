using Thaw.Onnx.Format;

namespace Thaw.Onnx.Preparing;

/// <summary>The elements of a weight, little-endian, in a mapped file or in memory. They may be longer than a span can be.</summary>
internal readonly struct WeightBytes
{
    private readonly MappedFile? _file;
    private readonly long _offset;
    private readonly ReadOnlyMemory<byte> _memory;

    public WeightBytes(MappedFile file, long offset, long length) => (_file, _offset, Length) = (file, offset, length);

    public WeightBytes(ReadOnlyMemory<byte> memory) => (_memory, Length) = (memory, memory.Length);

    public long Length { get; }

    public ReadOnlySpan<byte> Span(long offset, int length) => _file is null ? _memory.Span.Slice((int)offset, length) : _file.Span(_offset + offset, length);
}
