using System.Runtime.CompilerServices;

namespace Thaw.Tokenizers.Unicode;

/// <summary>Normalization data of Unicode 9.0, as in the reference's crate.</summary>
internal static partial class UnicodeTables
{
    private const int MarkFlag = 16;
    private const int LeadBase = 0x1100, VowelBase = 0x1161, TailBase = 0x11A7;
    private const int LeadCount = 19, VowelCount = 21, TailCount = 28;

    /// <summary>The longest full compatibility decomposition, that of U+FDFA.</summary>
    public const int MaxCompatibleDecomposition = 18;

    /// <summary>
    /// Whether the form keeps the character whatever comes before it: it has no lasting decomposition, does not combine with an earlier
    /// character, and is not reordered. In NFC and NFKC it may still combine with a later character.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsStable(NormalForm form, int scalar) => (Normalization(scalar) & (byte)form) == 0;

    /// <summary>Category M of Unicode 9.0, the reference's combining marks.</summary>
    public static bool IsCombiningMark(int scalar) => (Normalization(scalar) & MarkFlag) != 0;

    /// <summary>Writes the full compatibility decomposition, or the character itself if it has none, and returns the number of characters.</summary>
    public static int DecomposeCompatible(int scalar, Span<int> to)
    {
        int block = scalar >> CompatibilityBits;
        int index = block < CompatibilityBlocks.Length
            ? UInt16At(CompatibilityValues, Place(CompatibilityBlocks[block], scalar, CompatibilityBits))
            : 0;
        return index == 0 ? Decompose(scalar, to) : CopySequence(index, scalar, to);
    }

    /// <summary>What two characters compose to; -1 if they do not.</summary>
    public static int Compose(int first, int second)
    {
        if ((uint)(first - LeadBase) < LeadCount && (uint)(second - VowelBase) < VowelCount)
            return HangulBase + ((first - LeadBase) * VowelCount + (second - VowelBase)) * TailCount;
        if ((uint)(first - HangulBase) < HangulCount && (uint)(second - TailBase - 1) < TailCount - 1 && (first - HangulBase) % TailCount == 0)
            return first + (second - TailBase);

        // Both characters of a pair are in the same plane, 0 or 1 (generate.mjs).
        if (first > 0x1FFFF || first >> 16 != second >> 16 || (second & 0x8000) != 0)
            return -1;
        uint key = (uint)first << 15 | (uint)second & 0x7FFF;
        int low = 0;
        int high = CompositionKeys.Length / sizeof(int) - 1;
        while (low <= high)
        {
            int middle = (low + high) >>> 1;
            uint at = (uint)Int32At(CompositionKeys, middle);
            if (at == key)
                return first & 0x10000 | UInt16At(CompositionValues, middle);
            if (at < key)
                low = middle + 1;
            else
                high = middle - 1;
        }

        return -1;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static byte Normalization(int scalar)
    {
        if (scalar >= FoldStart)
            scalar = Fold(scalar);
        return NormalizationValues[Place(NormalizationBlocks[scalar >> NormalizationBits], scalar, NormalizationBits)];
    }
}
