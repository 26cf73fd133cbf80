using System.Buffers;

namespace Thaw.Tokenizers;

/// <summary>
/// A run of combining characters that canonical order sorts by class, stable within a class. Class, position and
/// character share one key, so that sorting needs no comparer and takes n log n steps for a hostile run too.
/// </summary>
/// <param name="limit">The run counts as full with that many; what follows may come out in any order.</param>
internal struct MarkRun(int limit) : IDisposable
{
    private const int InitialSize = 32;
    private const int ScalarBits = 21;
    private const int ClassShift = 56;

    // Rented with the first mark: those that are dropped never come here, and the others are rare.
    private ulong[] _keys = [];

    public int Count { get; private set; }

    public readonly bool IsFull => Count >= limit;

    public void Add(int scalar, byte combiningClass)
    {
        if (Count == _keys.Length)
            Grow();
        _keys[Count] = (ulong)combiningClass << ClassShift | (ulong)(uint)Count << ScalarBits | (uint)scalar;
        Count++;
    }

    /// <summary>Sorts the run; it is read with the indexer and ended with <see cref="Clear"/>.</summary>
    public readonly void Sort()
    {
        if (Count > 1)
            _keys.AsSpan(0, Count).Sort();
    }

    public readonly int this[int index] => (int)(_keys[index] & ((1 << ScalarBits) - 1));

    public void Clear() => Count = 0;

    public void Dispose()
    {
        ulong[] keys = _keys;
        _keys = [];
        if (keys.Length > 0)
            ArrayPool<ulong>.Shared.Return(keys);
    }

    private void Grow()
    {
        ulong[] larger = ArrayPool<ulong>.Shared.Rent(Math.Max(InitialSize, Count * 2));
        _keys.AsSpan(0, Count).CopyTo(larger);
        Dispose();
        _keys = larger;
    }
}
