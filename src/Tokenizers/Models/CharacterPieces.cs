using System.Runtime.CompilerServices;
using Thaw.Tokenizers.Scratch;

namespace Thaw.Tokenizers.Models;

/// <summary>The pieces that are a single character: a table by scalar value, because it is read for each character of a text.</summary>
internal sealed class CharacterPieces
{
    public const int NoPiece = -1;

    private const int BlockBits = 6;
    private const int BlockSize = 1 << BlockBits;

    // Block 0 is empty.
    private readonly ushort[] _blocks = new ushort[0x110000 >> BlockBits];
    private readonly int[] _ids;

    public CharacterPieces(PieceList pieces)
    {
        int count = 1;
        foreach (Piece piece in pieces.Pieces)
        {
            if (TryGetScalar(pieces.Text(piece), out int scalar) && _blocks[scalar >> BlockBits] == 0)
                _blocks[scalar >> BlockBits] = (ushort)count++;
        }

        _ids = new int[count * BlockSize];
        _ids.AsSpan().Fill(NoPiece);
        foreach (Piece piece in pieces.Pieces)
        {
            if (TryGetScalar(pieces.Text(piece), out int scalar))
                _ids[Place(scalar)] = piece.Id;
        }
    }

    /// <summary>Id of the character's piece, or <see cref="NoPiece"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int IdOf(int scalar) => _ids[Place(scalar)];

    private int Place(int scalar) => _blocks[scalar >> BlockBits] << BlockBits | (scalar & (BlockSize - 1));

    private static bool TryGetScalar(ReadOnlySpan<byte> text, out int scalar)
    {
        scalar = 0;
        if (text.IsEmpty || Utf8Text.LengthFrom(text[0]) != text.Length)
            return false;
        scalar = Utf8Text.Decode(text, 0, out _);
        return true;
    }
}
