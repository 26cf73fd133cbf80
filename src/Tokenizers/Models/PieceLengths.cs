using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;

namespace Thaw.Tokenizers;

/// <summary>
/// Which lengths the pieces of two characters and more have that begin as a text does, so that only these are looked up.
/// Pieces are told apart by a hash of their first characters: as many as make four bytes, two at least. A length too many
/// costs a vain look-up, nothing else. It is much faster to fill than a trie.
/// </summary>
internal sealed class PieceLengths
{
    private const int PrefixBytes = 4;
    private const int LongestMasked = 63;
    private const int MostBits = 16;

    private readonly ulong[] _masks;
    private readonly int _shift;

    // Lengths beyond the masks. Real vocabularies have a few at most.
    private readonly int[] _longLengths;

    public PieceLengths(PieceList pieces)
    {
        int bits = Math.Clamp(BitOperations.Log2((uint)pieces.Count | 1) - 1, 8, MostBits);
        _masks = new ulong[1 << bits];
        _shift = 64 - bits;
        // Prefixes are loaded whole.
        ReadOnlySpan<byte> bytes = pieces.PaddedBytes(sizeof(ulong));
        var longLengths = new SortedSet<int>();
        foreach (Piece piece in pieces.Pieces)
        {
            if (piece.Length > LongestMasked)
                longLengths.Add(piece.Length);
            Longest = Math.Max(Longest, piece.Length);
            ReadOnlySpan<byte> text = bytes[piece.Offset..];
            int two = TwoCharacters(text, piece.Length);
            if (two == 0)
                continue;
            int prefix = Prefix(text, two, piece.Length);
            Mask(text, piece.Length < prefix ? two : prefix) |= 1UL << (Math.Min(piece.Length, LongestMasked + 1) - 1);
        }

        _longLengths = [.. longLengths];
    }

    /// <summary>Bytes of the longest piece.</summary>
    public int Longest { get; }

    public ReadOnlySpan<int> LongLengths => _longLengths;

    /// <summary>Bit n - 1 stands for the length n up to 63, the highest bit for those of <see cref="LongLengths"/>.</summary>
    /// <param name="text">At least eight bytes, whatever lies behind the word.</param>
    /// <param name="length">Bytes of the word from here on.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ulong At(ReadOnlySpan<byte> text, int length)
    {
        int two = TwoCharacters(text, length);
        if (two == 0)
            return 0;
        ulong mask = Mask(text, two);
        int prefix = Prefix(text, two, length);
        if (prefix > two && prefix <= length)
            mask |= Mask(text, prefix);
        return length > LongestMasked ? mask : mask & ((1UL << length) - 1);
    }

    // 0 where there is one only.
    private static int TwoCharacters(ReadOnlySpan<byte> text, int length)
    {
        if (length == 0)
            return 0;
        int first = Utf8Text.LengthFrom(text[0]);
        return first < length ? first + Utf8Text.LengthFrom(text[first]) : 0;
    }

    // Longer than the text where that ends before it.
    private static int Prefix(ReadOnlySpan<byte> text, int two, int length)
    {
        int prefix = two;
        while (prefix < PrefixBytes)
            prefix += prefix < length ? Utf8Text.LengthFrom(text[prefix]) : PrefixBytes;
        return prefix;
    }

    private ref ulong Mask(ReadOnlySpan<byte> text, int prefix)
    {
        ulong key = BinaryPrimitives.ReadUInt64LittleEndian(text) << (64 - 8 * prefix);
        return ref _masks[(int)((key ^ (key >> 29)) * 0x9E3779B97F4A7C15 >> _shift)];
    }
}
