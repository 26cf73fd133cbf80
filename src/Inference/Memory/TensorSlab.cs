using System.Collections.Concurrent;
using System.Numerics;
using System.Runtime.InteropServices;

namespace Thaw.Inference.Memory;

/// <summary>
/// Pooled memory for a run's input tensors. It is on the pinned object heap, so native code can read it while the garbage collector runs.
/// Its one owner disposes it after the run has returned.
/// </summary>
public sealed class TensorSlab : IDisposable
{
    // The pools keep a few slabs of each power of two from 1 KiB to 4 MiB; larger slabs are left to the garbage collector.
    private const int SmallestLog = 10;
    private const int LargestLog = 22;
    private const int KeptPerSize = 8;

    private static readonly ConcurrentQueue<TensorSlab>[] Pools =
        [.. Enumerable.Range(SmallestLog, LargestLog - SmallestLog + 1).Select(_ => new ConcurrentQueue<TensorSlab>())];

    private static long s_rented;

    private readonly byte[] _memory;
    private bool _isRented;

    private TensorSlab(int bytes) => _memory = GC.AllocateUninitializedArray<byte>(bytes, pinned: true);

    /// <summary>Number of slabs that are rented now; zero when nothing runs.</summary>
    public static long Rented => Interlocked.Read(ref s_rented);

    /// <summary>The memory: at least as long as requested, and not cleared.</summary>
    public Span<byte> Bytes => _memory;

    public static TensorSlab Rent(int bytes)
    {
        int log = Math.Max(SmallestLog, BitOperations.Log2((uint)Math.Max(bytes - 1, 1)) + 1);
        TensorSlab slab = log > LargestLog
            ? new TensorSlab(bytes)
            : Pools[log - SmallestLog].TryDequeue(out TensorSlab? kept) ? kept : new TensorSlab(1 << log);
        slab._isRented = true;
        Interlocked.Increment(ref s_rented);
        return slab;
    }

    /// <summary>The address of the byte at <paramref name="offset"/>.</summary>
    public nint AddressOf(int offset) => Marshal.UnsafeAddrOfPinnedArrayElement(_memory, offset);

    /// <exception cref="InvalidOperationException">It was already disposed. Two runs would share its memory.</exception>
    public void Dispose()
    {
        if (!Interlocked.Exchange(ref _isRented, false)) throw new InvalidOperationException("A slab was returned twice.");
        Interlocked.Decrement(ref s_rented);
        int log = BitOperations.Log2((uint)_memory.Length);
        if (!BitOperations.IsPow2(_memory.Length) || log > LargestLog) return;
        ConcurrentQueue<TensorSlab> pool = Pools[log - SmallestLog];
        if (pool.Count < KeptPerSize) pool.Enqueue(this);
    }
}
