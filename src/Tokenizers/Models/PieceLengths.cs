using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;
using Thaw.Tokenizers.Scratch;

namespace Thaw.Tokenizers.Models;

/// <summary>
/// The lengths, in characters, of the pieces of two or more characters that a text may begin with, so that only these are looked up. Pieces
/// are distinguished by a hash of their first characters: enough for four bytes, at least two. A wrong length costs a failed look-up and
/// nothing else. This is much faster to fill than a trie, and small enough for the processor's cache.
/// </summary>
internal sealed class PieceLengths
{
    /// <summary>Set for pieces with more characters than the lower bits can express; <see cref="LongLengths"/> has their lengths.</summary>
    public const uint LongBit = 1 << LongShift;

    private const int LongShift = 15;

    private const int PrefixBytes = 4;
    private const int MostBits = 18;

    private readonly ushort[] _masks;
    private readonly int _shift;
    private readonly int[] _longLengths;

    public PieceLengths(PieceList pieces)
    {
        int bits = Math.Clamp(BitOperations.Log2((uint)pieces.Count | 1) + 1, 8, MostBits);
        _masks = new ushort[1 << bits];
        _shift = 64 - bits;
        // Prefixes are loaded as eight bytes.
        ReadOnlySpan<byte> bytes = pieces.PaddedBytes(sizeof(ulong));
        var longLengths = new SortedSet<int>();
        foreach (Piece piece in pieces.Pieces)
        {
            Longest = Math.Max(Longest, piece.Length);
            ReadOnlySpan<byte> text = bytes[piece.Offset..];
            int two = TwoCharacters(text, piece.Length);
            if (two == 0)
                continue;
            uint bit = 1u << Math.Min(Utf8Text.CountCharacters(text[..piece.Length]) - 2, LongShift);
            if (bit == LongBit)
                longLengths.Add(piece.Length);
            int prefix = Prefix(text, two, piece.Length);
            Mask(text, piece.Length < prefix ? two : prefix) |= (ushort)bit;
        }

        _longLengths = [.. longLengths];
    }

    /// <summary>Length of the longest piece in bytes.</summary>
    public int Longest { get; }

    /// <summary>Lengths of the pieces with <see cref="LongBit"/>, in bytes, ascending.</summary>
    public ReadOnlySpan<int> LongLengths => _longLengths;

    /// <summary>The possible lengths: bit n stands for n + 2 characters, except for <see cref="LongBit"/>.</summary>
    /// <param name="text">The rest of the word and whatever follows it; at least eight bytes.</param>
    /// <param name="length">Length of the rest of the word in bytes.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public uint At(ReadOnlySpan<byte> text, int length)
    {
        int two = TwoCharacters(text, length);
        if (two == 0)
            return 0;
        uint mask = Mask(text, two);
        int prefix = Prefix(text, two, length);
        if (prefix > two && prefix <= length)
            mask |= Mask(text, prefix);
        return mask;
    }

    // Length of the first two characters; 0 if there is only one.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int TwoCharacters(ReadOnlySpan<byte> text, int length)
    {
        if (length == 0)
            return 0;
        int first = Utf8Text.LengthFrom(text[0]);
        return first < length ? first + Utf8Text.LengthFrom(text[first]) : 0;
    }

    // Length of the prefix that is hashed; more than the text has if it is too short.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Prefix(ReadOnlySpan<byte> text, int two, int length)
    {
        int prefix = two;
        while (prefix < PrefixBytes)
            prefix += prefix < length ? Utf8Text.LengthFrom(text[prefix]) : PrefixBytes;
        return prefix;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private ref ushort Mask(ReadOnlySpan<byte> text, int prefix)
    {
        ulong key = BinaryPrimitives.ReadUInt64LittleEndian(text) << (64 - 8 * prefix);
        return ref _masks[(int)((key ^ (key >> 29)) * 0x9E3779B97F4A7C15 >> _shift)];
    }
}
