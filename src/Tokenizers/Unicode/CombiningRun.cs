using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace Thaw.Tokenizers.Unicode;

/// <summary>
/// A run of combining characters, which canonical ordering sorts by class, stable within a class. Class, position, flags and character
/// are one key, so that sorting takes n log n steps even for a hostile run.
/// </summary>
internal ref struct CombiningRun : IDisposable
{
    private const int InitialSize = 16;
    private const int ScalarBits = 21;
    private const int PositionShift = ScalarBits + 2;
    private const int ClassShift = 56;

    private Initial _initial;
    private ulong[]? _rented;

    public int Count { get; private set; }

    /// <param name="inserted">Whether it is not the first character of a decomposition.</param>
    /// <param name="dropped">Whether it only takes part in the ordering, and will not be written.</param>
    public void Add(int scalar, bool inserted, byte combiningClass, bool dropped = false)
    {
        if (Count == (_rented?.Length ?? InitialSize))
            Grow();
        Keys[Count] = (ulong)combiningClass << ClassShift | (ulong)(uint)Count << PositionShift
            | (dropped ? 2UL << ScalarBits : 0) | (inserted ? 1UL << ScalarBits : 0) | (uint)scalar;
        Count++;
    }

    /// <summary>Sorts the run into canonical order. The methods below then read it, and <see cref="Clear"/> ends it.</summary>
    public void Sort()
    {
        if (Count > 1)
            Keys[..Count].Sort();
    }

    public readonly int Scalar(int index) => (int)(Key(index) & ((1 << ScalarBits) - 1));

    public readonly int Change(int index) => (int)(Key(index) >> ScalarBits) & 1;

    public readonly bool IsDropped(int index) => (Key(index) >> ScalarBits & 2) != 0;

    public readonly byte Class(int index) => (byte)(Key(index) >> ClassShift);

    /// <summary>Moves a character to an earlier position, over one that is no longer needed.</summary>
    public void Move(int from, int to) => Keys[to] = Keys[from];

    public void Clear() => Count = 0;

    public void Dispose()
    {
        if (_rented is not null)
            ArrayPool<ulong>.Shared.Return(_rented);
        _rented = null;
    }

    [UnscopedRef]
    private Span<ulong> Keys => _rented is null ? _initial : _rented;

    private readonly ulong Key(int index) => _rented is null ? _initial[index] : _rented[index];

    private void Grow()
    {
        ulong[] larger = ArrayPool<ulong>.Shared.Rent(Count * 2);
        Keys[..Count].CopyTo(larger);
        Dispose();
        _rented = larger;
    }

    [InlineArray(InitialSize)]
    private struct Initial
    {
        private ulong _first;
    }
}
