using System.Buffers;
using Thaw.Tokenizers.Scratch;

namespace Thaw.Tokenizers.Decoders;

/// <summary>The pieces of a token sequence while they are decoded: UTF-8 in one buffer, and where each piece ends.</summary>
internal sealed class PieceText : IBufferWriter<byte>, IDisposable
{
    private byte[] _bytes = [];
    private int[] _ends = [];
    private int _length;

    /// <summary>Number of pieces.</summary>
    public int Count { get; private set; }

    /// <summary>The text of all pieces, concatenated.</summary>
    public ReadOnlySpan<byte> Bytes => _bytes.AsSpan(0, _length);

    public ReadOnlySpan<byte> this[int piece] => _bytes.AsSpan((piece == 0 ? 0 : _ends[piece - 1]).._ends[piece]);

    public void Clear() => _length = Count = 0;

    /// <summary>Makes a piece of what was written since the previous one.</summary>
    public void EndPiece()
    {
        Pool.Grow(ref _ends, Count, Count + 1);
        _ends[Count++] = _length;
    }

    public void Advance(int count) => _length += count;

    public Span<byte> GetSpan(int sizeHint = 0)
    {
        Pool.Grow(ref _bytes, _length, checked(_length + Math.Max(sizeHint, 1)));
        return _bytes.AsSpan(_length);
    }

    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        GetSpan(sizeHint);
        return _bytes.AsMemory(_length);
    }

    public void Dispose()
    {
        Clear();
        Pool.Release(ref _bytes);
        Pool.Release(ref _ends);
    }
}
