using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Thaw.Tokenizers;

/// <summary>Ids of two pieces and of the one that they make.</summary>
internal readonly record struct Merge(int Left, int Right, int Result);

/// <summary>Which two pieces make a third, and in which order merges are made: the lowest rank first. Immutable, and shared by content.</summary>
internal sealed class MergeTable
{
    /// <summary>The rank of a pair that is not merged.</summary>
    public const int None = int.MaxValue;

    private static readonly SharedInstances<MergeTable> Instances = new();

    private readonly Slot[] _slots;
    private readonly int[] _results;

    private MergeTable(Merge[] merges)
    {
        // Two thirds full at most.
        _slots = new Slot[merges.Length * 3L / 2 + 1];
        _results = new int[merges.Length];
        for (int rank = 0; rank < merges.Length; rank++)
            Add(merges[rank], rank);
    }

    /// <summary>The table of these merges, in the order of their ranks. Of two of the same pair the last counts, as in the reference.</summary>
    public static MergeTable Of(Merge[] merges) => Instances.GetOrAdd(
        PieceHash.Compute(MemoryMarshal.AsBytes(merges.AsSpan()), continuing: false), known => known.Has(merges), () => new MergeTable(merges));

    /// <summary>The rank of a pair, or <see cref="None"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int RankOf(int left, int right)
    {
        Slot[] slots = _slots;
        for (int at = IndexOf(left, right); ; at = at + 1 == slots.Length ? 0 : at + 1)
        {
            ref readonly Slot slot = ref slots[at];
            if (slot.RankAndOne == 0)
                return None;
            if (slot.Left == left && slot.Right == right)
                return slot.RankAndOne - 1;
        }
    }

    /// <summary>Id of the piece that the merge of this rank makes.</summary>
    public int ResultOf(int rank) => _results[rank];

    // Never with a pair that is there twice: its first rank is lost.
    private bool Has(Merge[] merges)
    {
        if (merges.Length != _results.Length)
            return false;
        for (int rank = 0; rank < merges.Length; rank++)
        {
            if (RankOf(merges[rank].Left, merges[rank].Right) != rank || ResultOf(rank) != merges[rank].Result)
                return false;
        }

        return true;
    }

    private void Add(Merge merge, int rank)
    {
        _results[rank] = merge.Result;
        for (int at = IndexOf(merge.Left, merge.Right); ; at = at + 1 == _slots.Length ? 0 : at + 1)
        {
            ref Slot slot = ref _slots[at];
            if (slot.RankAndOne != 0 && (slot.Left != merge.Left || slot.Right != merge.Right))
                continue;
            slot = new Slot { Left = merge.Left, Right = merge.Right, RankAndOne = rank + 1 };
            return;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private int IndexOf(int left, int right)
    {
        ulong hash = ((ulong)(uint)left << 32 | (uint)right) * 0x9E3779B97F4A7C15;
        hash ^= hash >> 32;
        hash *= 0xD6E8FEB86659FD93;
        return (int)((hash >> 32) * (ulong)_slots.Length >> 32);
    }

    // Twelve bytes; a rank of 0 has to differ from an empty slot.
    private struct Slot
    {
        public int Left;
        public int Right;
        public int RankAndOne;
    }
}
