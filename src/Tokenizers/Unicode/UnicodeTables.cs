using System.Buffers.Binary;
using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace Thaw.Tokenizers.Unicode;

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
    private const int HangulBase = 0xAC00;
    private const int HangulCount = 11172;

    /// <summary>The longest full canonical decomposition.</summary>
    public const int MaxDecomposition = 4;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static CharFlags Flags(int scalar)
    {
        Debug.Assert((uint)scalar <= 0x10FFFF);
        if (scalar >= FoldStart)
            scalar = Fold(scalar);
        return (CharFlags)FlagValues[Place(FlagBlocks[scalar >> FlagBits], scalar, FlagBits)];
    }

    public static byte CombiningClass(int scalar)
    {
        int block = scalar >> CombiningClassBits;
        return block < CombiningClassBlocks.Length
            ? CombiningClassValues[Place(CombiningClassBlocks[block], scalar, CombiningClassBits)]
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

        int block = scalar >> LowerBits;
        return block < LowerBlocks.Length
            ? scalar + Int32At(LowerDeltas, LowerValues[Place(LowerBlocks[block], scalar, LowerBits)])
            : scalar;
    }

    /// <summary>Writes the full canonical decomposition, or the character itself, and returns the number of characters.</summary>
    public static int Decompose(int scalar, Span<int> to)
    {
        if ((uint)(scalar - HangulBase) < HangulCount)
            return DecomposeHangul(scalar - HangulBase, to);

        int block = scalar >> DecompositionBits;
        int index = block < DecompositionBlocks.Length
            ? UInt16At(DecompositionValues, Place(DecompositionBlocks[block], scalar, DecompositionBits))
            : 0;
        return CopySequence(index, scalar, to);
    }

    // The rare characters behind FoldStart share room with others (generate.mjs, fold).
    private static int Fold(int scalar)
    {
        const int plane14 = 0xE0000, rows = 0x1000, privateUse = 0xE000, nothing = 0x2FFFF;
        if ((scalar & -rows) == plane14)
            return FoldStart + (scalar - plane14);
        return scalar >= 0xF0000 && (scalar & 0xFFFE) != 0xFFFE ? privateUse : nothing;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Place(int block, int scalar, int bits) => (block << bits) | (scalar & ((1 << bits) - 1));

    // The first character of a sequence carries the number of all in its highest byte.
    private static int CopySequence(int index, int scalar, Span<int> to)
    {
        if (index == 0)
        {
            to[0] = scalar;
            return 1;
        }

        int first = Int32At(DecompositionPool, index);
        int length = first >> 24;
        to[0] = first & 0xFFFFFF;
        for (int i = 1; i < length; i++)
            to[i] = Int32At(DecompositionPool, index + i);
        return length;
    }

    private static int Int32At(ReadOnlySpan<byte> table, int index) =>
        BinaryPrimitives.ReadInt32LittleEndian(table[(index * sizeof(int))..]);

    private static int UInt16At(ReadOnlySpan<byte> table, int index) =>
        BinaryPrimitives.ReadUInt16LittleEndian(table[(index * sizeof(ushort))..]);

    private static int DecomposeHangul(int index, Span<int> to)
    {
        to[0] = LeadBase + index / (VowelCount * TailCount);
        to[1] = VowelBase + index / TailCount % VowelCount;
        int tail = index % TailCount;
        if (tail == 0)
            return 2;
        to[2] = TailBase + tail;
        return 3;
    }
}
