using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Thaw.Tokenizers.Models;

/// <summary>Which pairs of pieces merge into a third, and in which order: lowest rank first. Immutable once it is filled.</summary>
internal sealed class MergeTable
{
    /// <summary>The rank of a pair that is not merged.</summary>
    public const int None = int.MaxValue;

    private static readonly SharedInstances<MergeTable> Instances = new();

    private readonly Slot[] _slots;
    private readonly int[] _results;

    /// <param name="count">Number of merges that will be added.</param>
    public MergeTable(int count)
    {
        // At most two thirds full.
        _slots = new Slot[count * 3L / 2 + 1];
        _results = new int[count];
    }

    /// <summary>Adds the merge with this rank. If a pair occurs twice, the last one counts, as in the reference.</summary>
    public void Add(int left, int right, int rank, int result)
    {
        _results[rank] = result;
        for (int at = IndexOf(left, right); ; at = at + 1 == _slots.Length ? 0 : at + 1)
        {
            ref Slot slot = ref _slots[at];
            if (slot.RankAndOne != 0 && (slot.Left != left || slot.Right != right))
                continue;
            slot = new Slot { Left = left, Right = right, RankAndOne = rank + 1 };
            return;
        }
    }

    /// <summary>An instance with this content that is already in use, otherwise this one. Call it once the table is filled.</summary>
    public MergeTable Shared()
    {
        ReadOnlySpan<byte> slots = MemoryMarshal.AsBytes(_slots.AsSpan());
        return Instances.GetOrAdd(PieceHash.Compute(slots, continuing: false), HasSameContent, () => this);
    }

    private bool HasSameContent(MergeTable other) => _results.AsSpan().SequenceEqual(other._results)
        && MemoryMarshal.AsBytes(_slots.AsSpan()).SequenceEqual(MemoryMarshal.AsBytes(other._slots.AsSpan()));

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

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private int IndexOf(int left, int right)
    {
        ulong hash = ((ulong)(uint)left << 32 | (uint)right) * 0x9E3779B97F4A7C15;
        hash ^= hash >> 32;
        hash *= 0xD6E8FEB86659FD93;
        return (int)((hash >> 32) * (ulong)_slots.Length >> 32);
    }

    // Twelve bytes. Rank 0 must differ from an empty slot.
    private struct Slot
    {
        public int Left;
        public int Right;
        public int RankAndOne;
    }
}
