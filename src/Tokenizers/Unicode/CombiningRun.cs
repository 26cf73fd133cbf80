using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace Thaw.Tokenizers.Unicode;

/// <summary>
/// A run of combining characters that canonical order sorts by class, stable within a class. Class, position, character
/// and marks are one key, so that sorting takes n log n steps for a hostile run too.
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

    /// <param name="inserted">Not the first character of a decomposition.</param>
    /// <param name="dropped">Takes part in the order, and is not to be written.</param>
    public void Add(int scalar, bool inserted, byte combiningClass, bool dropped = false)
    {
        if (Count == (_rented?.Length ?? InitialSize))
            Grow();
        Keys[Count] = (ulong)combiningClass << ClassShift | (ulong)(uint)Count << PositionShift
            | (dropped ? 2UL << ScalarBits : 0) | (inserted ? 1UL << ScalarBits : 0) | (uint)scalar;
        Count++;
    }

    /// <summary>Brings the run into canonical order; it is read with the methods below and ended with <see cref="Clear"/>.</summary>
    public void Sort()
    {
        if (Count > 1)
            Keys[..Count].Sort();
    }

    public readonly int Scalar(int index) => (int)(Key(index) & ((1 << ScalarBits) - 1));

    public readonly int Change(int index) => (int)(Key(index) >> ScalarBits) & 1;

    public readonly bool IsDropped(int index) => (Key(index) >> ScalarBits & 2) != 0;

    public readonly byte Class(int index) => (byte)(Key(index) >> ClassShift);

    /// <summary>Moves one to the front's end, over one that is not needed any more.</summary>
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
