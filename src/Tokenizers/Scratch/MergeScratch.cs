namespace Thaw.Tokenizers.Scratch;

/// <summary>Working memory for the symbols of a word, with a heap of the pairs that may be merged in a long word.</summary>
internal sealed class MergeScratch
{
    private Symbol[] _symbols = [];
    private PairLink[] _links = [];

    // Rank, then position: the smallest key is the leftmost pair of the lowest rank.
    private ulong[] _heap = [];
    private int _count;

    public Span<PairLink> Links => _links;

    /// <summary>Space for this many symbols.</summary>
    public Span<Symbol> Symbols(int count)
    {
        Pool.Grow(ref _symbols, 0, count);
        return _symbols.AsSpan(0, count);
    }

    /// <summary>Reserves the links of a word and empties the heap.</summary>
    public void Prepare(int symbols)
    {
        Pool.Grow(ref _links, 0, symbols);
        _count = 0;
    }

    public void Put(int rank, int position)
    {
        Pool.Grow(ref _heap, _count, _count + 1);
        ulong key = (ulong)(uint)rank << 32 | (uint)position;
        int at = _count++;
        while (at > 0 && _heap[(at - 1) / 2] > key)
        {
            _heap[at] = _heap[(at - 1) / 2];
            at = (at - 1) / 2;
        }

        _heap[at] = key;
    }

    /// <summary>Takes the pair with the lowest rank, the leftmost if there are several; false if there is none.</summary>
    public bool TryTake(out int rank, out int position)
    {
        if (_count == 0)
        {
            rank = position = 0;
            return false;
        }

        (rank, position) = ((int)(_heap[0] >> 32), (int)_heap[0]);
        ulong last = _heap[--_count];
        int at = 0;
        while (2 * at + 1 < _count)
        {
            int child = 2 * at + 1;
            if (child + 1 < _count && _heap[child + 1] < _heap[child])
                child++;
            if (_heap[child] >= last)
                break;
            _heap[at] = _heap[child];
            at = child;
        }

        _heap[at] = last;
        return true;
    }

    /// <summary>Returns arrays that only a long word needs to the shared pool.</summary>
    public void Trim(int mostElements)
    {
        if (_symbols.Length > mostElements)
            Pool.Release(ref _symbols);
        if (_links.Length > mostElements)
            Pool.Release(ref _links);
        if (_heap.Length > mostElements)
            Pool.Release(ref _heap);
    }
}
