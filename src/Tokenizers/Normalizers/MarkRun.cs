namespace Thaw.Tokenizers;

/// <summary>A character of a run as canonical order leaves it.</summary>
/// <param name="IsDropped">Takes part in the order, and is not written.</param>
internal readonly record struct Mark(int Scalar, Origin Origin, bool IsDropped);

/// <summary>
/// A run of combining characters that canonical order sorts by class, stable within a class. Class, position and
/// character share one key, so that sorting needs no comparer and takes n log n steps for a hostile run too.
/// </summary>
internal struct MarkRun : IDisposable
{
    private const int ScalarBits = 21;
    private const int InsertedBit = 1 << ScalarBits;
    private const int DroppedBit = InsertedBit << 1;
    private const int PositionShift = ScalarBits + 2;
    private const int ClassShift = 56;

    // Rented with the first mark: most marks are dropped and never come here.
    private ulong[] _keys;
    private Origin[] _origins;
    private Origin _last;
    private int _origin;
    private int _read;

    public MarkRun() => (_keys, _origins) = ([], []);

    public int Count { get; private set; }

    /// <param name="inserted">
    /// Not the first character of a decomposition. The reference sorts first and then gives the characters of the
    /// original, one after the other, to those that are first; the inserted ones share their predecessor's.
    /// </param>
    public void Add(int scalar, byte combiningClass, Origin origin, bool inserted, bool dropped)
    {
        if (Count == _keys.Length)
        {
            Pool.Grow(ref _keys, Count, Count + 1);
            Pool.Grow(ref _origins, Count, _keys.Length);
        }

        if (Count == 0)
            _last = origin;
        _keys[Count] = (ulong)combiningClass << ClassShift | (ulong)(uint)Count << PositionShift | (uint)scalar
            | (inserted ? InsertedBit : 0u) | (dropped ? DroppedBit : 0u);
        Count++;
        if (!inserted)
            _origins[_origin++] = origin;
    }

    /// <summary>Puts the run into canonical order; <see cref="Next"/> then takes it out, <see cref="Count"/> times.</summary>
    public void Sort()
    {
        if (Count > 1)
            _keys.AsSpan(0, Count).Sort();
        _origin = 0;
    }

    public Mark Next()
    {
        ulong key = _keys[_read++];
        if ((key & InsertedBit) == 0)
            _last = _origins[_origin++];
        return new Mark((int)(key & ((1 << ScalarBits) - 1)), _last, (key & DroppedBit) != 0);
    }

    public void Clear() => Count = _origin = _read = 0;

    public void Dispose()
    {
        Pool.Release(ref _keys);
        Pool.Release(ref _origins);
    }
}
