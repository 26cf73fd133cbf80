using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace Thaw.Tokenizers.Models;

/// <summary>
/// Hash of a piece's bytes: the two halves of a 128-bit product, combined. A piece of up to 16 bytes, and nearly all are, costs two loads
/// and one multiplication.
/// </summary>
internal static class PieceHash
{
    private const ulong K0 = 0xA0761D6478BD642F;
    private const ulong K1 = 0xE7037ED1A0B428DB;
    private const ulong K2 = 0x8EBC6AF09C88C6E3;

    /// <param name="continuing">Whether the piece continues a word. Such pieces are stored without their prefix, so this flag stands for it.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Compute(ReadOnlySpan<byte> piece, bool continuing)
    {
        ulong seed = (continuing ? K2 : K0) ^ (ulong)piece.Length;
        return piece.Length <= 16 ? Short(piece, seed) : Long(piece, seed);
    }

    private static ulong Short(ReadOnlySpan<byte> piece, ulong seed)
    {
        ulong low, high = 0;
        if (piece.Length >= 8)
        {
            low = BinaryPrimitives.ReadUInt64LittleEndian(piece);
            high = BinaryPrimitives.ReadUInt64LittleEndian(piece[^8..]);
        }
        else if (piece.Length >= 4)
        {
            low = BinaryPrimitives.ReadUInt32LittleEndian(piece);
            high = BinaryPrimitives.ReadUInt32LittleEndian(piece[^4..]);
        }
        else if (piece.Length > 0)
            low = ((uint)piece[0] << 16) | ((uint)piece[piece.Length >> 1] << 8) | piece[^1];
        else
            low = 0;
        return Fold(low ^ K1, high ^ seed);
    }

    private static ulong Long(ReadOnlySpan<byte> piece, ulong seed)
    {
        while (piece.Length > 16)
        {
            seed = Fold(BinaryPrimitives.ReadUInt64LittleEndian(piece) ^ K1, BinaryPrimitives.ReadUInt64LittleEndian(piece[8..]) ^ seed);
            piece = piece[16..];
        }

        return Short(piece, seed);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Fold(ulong left, ulong right)
    {
        ulong high = Math.BigMul(left, right, out ulong low);
        return high ^ low;
    }
}
