using Thaw.Tokenizers.Scratch;

namespace Thaw.Tokenizers.Models;

/// <summary>Pieces and their bytes while a file is read. Pooled, because their number is known only at the end.</summary>
internal sealed class PieceList : IDisposable
{
    private Piece[] _pieces = [];
    private byte[] _bytes = [];
    private int _length;

    public int Count { get; private set; }

    public ReadOnlySpan<Piece> Pieces => _pieces.AsSpan(0, Count);

    /// <summary>The bytes that <see cref="Pieces"/> point into.</summary>
    public ReadOnlySpan<byte> Bytes => _bytes.AsSpan(0, _length);

    /// <summary>The bytes, followed by some undefined ones that may be read.</summary>
    public ReadOnlySpan<byte> PaddedBytes(int padding)
    {
        Pool.Grow(ref _bytes, _length, _length + padding);
        return _bytes.AsSpan(0, _length + padding);
    }

    public ReadOnlySpan<byte> Text(Piece piece) => _bytes.AsSpan(piece.Offset, piece.Length);

    /// <summary>Reserves this many bytes for pieces at once.</summary>
    public void ReserveBytes(int bytes) => Pool.Grow(ref _bytes, _length, bytes);

    /// <summary>Stores the bytes of a piece that has no id and is not in the list yet.</summary>
    public Piece Store(ReadOnlySpan<byte> text)
    {
        Pool.Grow(ref _bytes, _length, _length + text.Length);
        text.CopyTo(_bytes.AsSpan(_length));
        var piece = new Piece(_length, text.Length, 0);
        _length += text.Length;
        return piece;
    }

    public void Add(Piece piece)
    {
        if (Count == _pieces.Length)
            Pool.Grow(ref _pieces, Count, Count + 1);
        _pieces[Count++] = piece;
    }

    public void Dispose()
    {
        Pool.Release(ref _pieces);
        Pool.Release(ref _bytes);
        Count = _length = 0;
    }
}
