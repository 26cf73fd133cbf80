namespace Thaw.Inference.Memory;

/// <summary>
/// The memory that all models, or all request bodies, may take together. It is reserved before it is taken, so that those who take it at
/// the same time cannot overshoot it together.
/// </summary>
/// <param name="limit">Bytes.</param>
public sealed class MemoryBudget(long limit)
{
    private long _reserved;

    public long Limit => limit;

    public long Reserved => Volatile.Read(ref _reserved);

    /// <summary>Null when the budget does not have so many bytes left.</summary>
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

/// <summary>A part of the budget, given back when it is disposed.</summary>
public sealed class MemoryReservation : IDisposable
{
    private readonly MemoryBudget _budget;
    private long _bytes;

    internal MemoryReservation(MemoryBudget budget, long bytes) => (_budget, _bytes) = (budget, bytes);

    public long Bytes => Volatile.Read(ref _bytes);

    /// <summary>Takes as much more as makes it <paramref name="total"/> bytes. False when the budget does not have it; nothing changes then.</summary>
    public bool TryGrow(long total)
    {
        long more = Math.Max(0, total - Bytes);
        if (!_budget.TryTake(more)) return false;
        Interlocked.Add(ref _bytes, more);
        return true;
    }

    /// <summary>Gives back what the load needed and the loaded model does not. This only ever shrinks.</summary>
    public void Settle(long remaining)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(remaining);
        long given = Bytes - remaining;
        if (given <= 0) return;
        Volatile.Write(ref _bytes, remaining);
        _budget.Release(given);
    }

    public void Dispose() => _budget.Release(Interlocked.Exchange(ref _bytes, 0));
}
