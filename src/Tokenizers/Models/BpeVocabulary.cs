using System.Buffers;
using Thaw.Tokenizers.Scratch;

namespace Thaw.Tokenizers.Models;

/// <summary>
/// The pieces of a BPE token model. Those of a byte-level one are stored as the bytes that they stand for, so that texts need not be mapped
/// into the byte-level alphabet. Pieces with characters outside the alphabet match no text, and are stored separately.
/// </summary>
internal sealed class BpeVocabulary
{
    private readonly Vocabulary _pieces;
    private readonly Vocabulary _others;

    /// <param name="pieces">The pieces as the file writes them.</param>
    public BpeVocabulary(PieceList pieces, bool isByteLevel)
    {
        IsByteLevel = isByteLevel;
        using var texts = new PieceList();
        using var others = new PieceList();
        texts.ReserveBytes(pieces.Bytes.Length);
        Span<byte> buffer = stackalloc byte[Vocabulary.MaxPieceLength];
        foreach (Piece piece in pieces.Pieces)
        {
            ReadOnlySpan<byte> written = pieces.Text(piece);
            if (!isByteLevel)
                texts.Add(texts.Store(written) with { Id = piece.Id });
            else if (ByteAlphabet.TryDecode(written, buffer, out int length))
                texts.Add(texts.Store(buffer[..length]) with { Id = piece.Id });
            else
                others.Add(others.Store(written) with { Id = piece.Id });
        }

        _pieces = Vocabulary.Of(texts, []);
        _others = Vocabulary.Of(others, []);
    }

    public bool IsByteLevel { get; }

    /// <summary>Number of distinct pieces.</summary>
    public int Count => _pieces.Count + _others.Count;

    /// <summary>The highest id of a piece; -1 if there is none.</summary>
    public int HighestId => Math.Max(_pieces.HighestId, _others.HighestId);

    /// <summary>Id of a piece as the file writes it.</summary>
    public bool TryGetId(ReadOnlySpan<byte> written, out int id)
    {
        if (!IsByteLevel)
            return _pieces.TryGetId(written, out id);
        Span<byte> bytes = written.Length <= Vocabulary.MaxPieceLength ? stackalloc byte[written.Length] : new byte[written.Length];
        return ByteAlphabet.TryDecode(written, bytes, out int length) ? _pieces.TryGetId(bytes[..length], out id) : _others.TryGetId(written, out id);
    }

    /// <summary>Id of the piece that stands for a text.</summary>
    public bool TryFind(ReadOnlySpan<byte> text, out int id) => _pieces.TryGetId(text, out id);

    /// <summary>Writes a piece as the file writes it. False, with nothing written, for an id that does not exist.</summary>
    public bool TryWrite(int id, IBufferWriter<byte> output)
    {
        if (_pieces.TryGetPiece(id, out ReadOnlySpan<byte> piece))
        {
            if (IsByteLevel)
                ByteAlphabet.Encode(piece, output);
            else
                output.Write(piece);
            return true;
        }

        if (!_others.TryGetPiece(id, out piece))
            return false;
        output.Write(piece);
        return true;
    }

    public Spaces SpacesOf(int id)
    {
        if (!_pieces.TryGetPiece(id, out ReadOnlySpan<byte> piece))
            return _others.TryGetPiece(id, out piece) ? Spaces.Of(piece) : default;
        if (!IsByteLevel)
            return Spaces.Of(piece);
        // In the byte-level alphabet only the space is white space.
        int leading = piece.IndexOfAnyExcept((byte)' ');
        return leading < 0
            ? new Spaces(piece.Length, piece.Length)
            : new Spaces(leading, piece.Length - 1 - piece.LastIndexOfAnyExcept((byte)' '));
    }
}
