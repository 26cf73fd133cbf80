namespace Thaw.Inference.Memory;

/// <summary>
/// The memory that all models, or all request bodies, may use together. It is reserved before it is allocated, so that concurrent users
/// cannot exceed the limit together.
/// </summary>
/// <param name="limit">Bytes.</param>
public sealed class MemoryBudget(long limit)
{
    private long _reserved;

    public long Limit => limit;

    public long Reserved => Volatile.Read(ref _reserved);

    /// <summary>An empty reservation, which can grow.</summary>
    public MemoryReservation Open() => new(this, 0);

    /// <summary>Null if the budget has fewer bytes left.</summary>
    public MemoryReservation? TryReserve(long bytes) => TryTake(bytes) ? new MemoryReservation(this, bytes) : null;

    internal bool TryTake(long bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bytes);
        long reserved = Volatile.Read(ref _reserved);
        while (bytes <= limit - reserved)
        {
            long seen = Interlocked.CompareExchange(ref _reserved, reserved + bytes, reserved);
            if (seen == reserved) return true;
            reserved = seen;
        }

        return false;
    }

    internal void Release(long bytes) => Interlocked.Add(ref _reserved, -bytes);
}
