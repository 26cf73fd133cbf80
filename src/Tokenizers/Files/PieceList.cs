using System.Buffers;

namespace Thaw.Tokenizers;

/// <summary>Pieces while a file is read: pooled, since their number is known only at the end.</summary>
internal sealed class PieceList : IDisposable
{
    private Piece[] _pieces = ArrayPool<Piece>.Shared.Rent(1 << 15);
    private int _count;

    public ReadOnlySpan<Piece> Pieces => _pieces.AsSpan(0, _count);

    public void Add(Piece piece)
    {
        if (_count == _pieces.Length)
        {
            Piece[] larger = ArrayPool<Piece>.Shared.Rent(_count * 2);
            Pieces.CopyTo(larger);
            ArrayPool<Piece>.Shared.Return(_pieces);
            _pieces = larger;
        }

        _pieces[_count++] = piece;
    }

    public void Dispose()
    {
        Piece[] pieces = _pieces;
        _pieces = [];
        _count = 0;
        if (pieces.Length > 0)
            ArrayPool<Piece>.Shared.Return(pieces);
    }
}
