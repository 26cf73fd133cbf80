using System.Buffers.Binary;
using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace Thaw.Tokenizers;

/// <summary>What the normalizer and the pre-tokenizer ask about a character; no flag at all means a plain letter.</summary>
[Flags]
internal enum CharFlags : byte
{
    None = 0,

    /// <summary>Control, format or private use, U+0000 and U+FFFD, but not tab, line feed and carriage return.</summary>
    Other = 1,
    WhiteSpace = 2,

    /// <summary>Category P, and all of ASCII that is neither letter, digit, space nor control.</summary>
    Punctuation = 4,
    Nonspacing = 8,
    Cjk = 16,
    Decomposes = 32,
    HasLower = 64,

    /// <summary>The canonical combining class is not zero.</summary>
    Combining = 128,
}

/// <summary>
/// Character data of our own: the product runs with invariant globalization, where string.Normalize does nothing,
/// and ids have to follow the reference's Unicode versions, not the runtime's.
/// </summary>
internal static partial class UnicodeTables
{
    private const int BlockMask = (1 << BlockBits) - 1;
    private const int HangulBase = 0xAC00;
    private const int HangulCount = 11172;

    /// <summary>The longest full canonical decomposition.</summary>
    public const int MaxDecomposition = 4;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static CharFlags Flags(int scalar)
    {
        Debug.Assert((uint)scalar <= 0x10FFFF);
        int block = scalar >> BlockBits;
        return block < FlagBlocks.Length
            ? (CharFlags)FlagValues[(FlagBlocks[block] << BlockBits) | (scalar & BlockMask)]
            : CharFlags.None;
    }

    public static byte CombiningClass(int scalar)
    {
        int block = scalar >> BlockBits;
        return block < CombiningClassBlocks.Length
            ? CombiningClassValues[(CombiningClassBlocks[block] << BlockBits) | (scalar & BlockMask)]
            : (byte)0;
    }

    /// <summary>Lower case of one character; U+0130 becomes "i" and a combining dot, so <paramref name="second"/> is not 0.</summary>
    public static int ToLower(int scalar, out int second)
    {
        second = 0;
        if (scalar == 0x130)
        {
            second = 0x307;
            return 'i';
        }

        int block = scalar >> BlockBits;
        return block < LowerBlocks.Length
            ? scalar + Int32At(LowerDeltas, LowerValues[(LowerBlocks[block] << BlockBits) | (scalar & BlockMask)])
            : scalar;
    }

    /// <summary>Writes the full canonical decomposition, or the character itself, and returns the number of characters.</summary>
    public static int Decompose(int scalar, Span<int> to)
    {
        if ((uint)(scalar - HangulBase) < HangulCount)
            return DecomposeHangul(scalar - HangulBase, to);

        int block = scalar >> BlockBits;
        int index = block < DecompositionBlocks.Length
            ? BinaryPrimitives.ReadUInt16LittleEndian(DecompositionValues[(2 * ((DecompositionBlocks[block] << BlockBits) | (scalar & BlockMask)))..])
            : 0;
        if (index == 0)
        {
            to[0] = scalar;
            return 1;
        }

        // The first character of a sequence carries the number of all in its highest byte.
        int first = Int32At(DecompositionPool, index);
        int length = first >> 24;
        to[0] = first & 0xFFFFFF;
        for (int i = 1; i < length; i++)
            to[i] = Int32At(DecompositionPool, index + i);
        return length;
    }

    /// <summary>The class \w of the reference's regular expressions, which decides what a single word is.</summary>
    public static bool IsWord(int scalar)
    {
        // Ranges are [start, end) pairs: an odd number of bounds at or below the character means that it lies inside one.
        int low = 0;
        int high = WordRanges.Length / sizeof(int);
        while (low < high)
        {
            int middle = (low + high) >>> 1;
            if (Int32At(WordRanges, middle) <= scalar)
                low = middle + 1;
            else
                high = middle;
        }

        return (low & 1) == 1;
    }

    private static int Int32At(ReadOnlySpan<byte> table, int index) =>
        BinaryPrimitives.ReadInt32LittleEndian(table[(index * sizeof(int))..]);

    private static int DecomposeHangul(int index, Span<int> to)
    {
        const int vowels = 21, tails = 28;
        to[0] = 0x1100 + index / (vowels * tails);
        to[1] = 0x1161 + index / tails % vowels;
        int tail = index % tails;
        if (tail == 0)
            return 2;
        to[2] = 0x11A7 + tail;
        return 3;
    }
}
