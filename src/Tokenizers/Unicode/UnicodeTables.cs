using System.Buffers.Binary;
using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace Thaw.Tokenizers.Unicode;

/// <summary>
/// Our own character data: with invariant globalization string.Normalize does nothing, and ids must follow the reference's versions of
/// Unicode, not those of .NET.
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

    /// <summary>Lower case of one character. U+0130 becomes "i" and a combining dot; for all others <paramref name="second"/> is 0.</summary>
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

    /// <summary>Writes the full canonical decomposition, or the character itself if it has none, and returns the number of characters.</summary>
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

    // Rare characters after FoldStart share the entries of others (generate.mjs, fold).
    private static int Fold(int scalar)
    {
        const int Plane14 = 0xE0000, Rows = 0x1000, PrivateUse = 0xE000, Nothing = 0x2FFFF;
        if ((scalar & -Rows) == Plane14)
            return FoldStart + (scalar - Plane14);
        return scalar >= 0xF0000 && (scalar & 0xFFFE) != 0xFFFE ? PrivateUse : Nothing;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Place(int block, int scalar, int bits) => (block << bits) | (scalar & ((1 << bits) - 1));

    // The highest byte of the first character is the length of the sequence.
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
