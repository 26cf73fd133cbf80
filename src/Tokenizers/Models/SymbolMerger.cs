using Thaw.Tokenizers.Scratch;

namespace Thaw.Tokenizers.Models;

/// <summary>Merges the symbols of a word: always the pair with the lowest rank, the leftmost if there are several.</summary>
internal static class SymbolMerger
{
    // Up to about this many symbols a scan for the lowest rank is faster than a heap. Nearly all words are shorter.
    private const int ShortWord = 64;

    /// <summary>Merges in place.</summary>
    /// <returns>How many symbols are left.</returns>
    public static int Merge(MergeTable merges, Span<Symbol> symbols, MergeScratch scratch) => symbols.Length switch
    {
        < 2 => symbols.Length,
        <= ShortWord => MergeShort(merges, symbols),
        _ => MergeLong(merges, symbols, scratch),
    };

    private static int MergeShort(MergeTable merges, Span<Symbol> symbols)
    {
        // The rank of each symbol's pair with the next symbol; the last has none.
        Span<int> ranks = stackalloc int[symbols.Length];
        int count = symbols.Length;
        for (int i = 0; i + 1 < count; i++)
            ranks[i] = merges.RankOf(symbols[i].Id, symbols[i + 1].Id);
        ranks[count - 1] = MergeTable.None;

        while (true)
        {
            int at = 0;
            for (int i = 1; i < count; i++)
                at = ranks[i] < ranks[at] ? i : at;
            if (ranks[at] == MergeTable.None)
                return count;

            symbols[at] = new Symbol(merges.ResultOf(ranks[at]), symbols[at].Length + symbols[at + 1].Length);
            count--;
            symbols[(at + 2)..(count + 1)].CopyTo(symbols[(at + 1)..]);
            ranks[(at + 1)..(count + 1)].CopyTo(ranks[at..]);
            if (at > 0)
                ranks[at - 1] = merges.RankOf(symbols[at - 1].Id, symbols[at].Id);
            if (at + 1 < count)
                ranks[at] = merges.RankOf(symbols[at].Id, symbols[at + 1].Id);
        }
    }

    // Symbols stay in place and are linked; one that is merged into its left neighbour has length 0. An entry of the heap is valid as
    // long as the pair that begins there still has its rank. This takes n log n steps for a word of any length.
    private static int MergeLong(MergeTable merges, Span<Symbol> symbols, MergeScratch scratch)
    {
        scratch.Prepare(symbols.Length);
        Span<PairLink> links = scratch.Links;
        for (int i = 0; i < symbols.Length; i++)
            links[i] = new PairLink { Previous = i - 1, Next = i + 1, Rank = MergeTable.None };
        for (int i = 0; i + 1 < symbols.Length; i++)
            SetRank(i, merges, symbols, scratch);

        int count = symbols.Length;
        while (scratch.TryTake(out int rank, out int at))
        {
            ref PairLink link = ref links[at];
            if (link.Rank != rank)
                continue;
            int right = link.Next;
            symbols[at] = new Symbol(merges.ResultOf(rank), symbols[at].Length + symbols[right].Length);
            symbols[right] = default;
            links[right].Rank = MergeTable.None;
            link.Next = links[right].Next;
            link.Rank = MergeTable.None;
            count--;
            if (link.Previous >= 0)
                SetRank(link.Previous, merges, symbols, scratch);
            if (link.Next < symbols.Length)
            {
                links[link.Next].Previous = at;
                SetRank(at, merges, symbols, scratch);
            }
        }

        int kept = 0;
        for (int i = 0; i < symbols.Length; i = links[i].Next)
            symbols[kept++] = symbols[i];
        return count;
    }

    private static void SetRank(int at, MergeTable merges, ReadOnlySpan<Symbol> symbols, MergeScratch scratch)
    {
        ref PairLink link = ref scratch.Links[at];
        link.Rank = merges.RankOf(symbols[at].Id, symbols[link.Next].Id);
        if (link.Rank != MergeTable.None)
            scratch.Put(link.Rank, at);
    }
}
