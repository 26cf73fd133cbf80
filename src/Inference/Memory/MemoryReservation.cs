namespace Thaw.Inference.Memory;

/// <summary>A reserved part of a budget, which is released when this is disposed.</summary>
public sealed class MemoryReservation : IDisposable
{
    private readonly MemoryBudget _budget;
    private long _bytes;

    internal MemoryReservation(MemoryBudget budget, long bytes) => (_budget, _bytes) = (budget, bytes);

    public long Bytes => Volatile.Read(ref _bytes);

    /// <summary>Grows to <paramref name="total"/> bytes. False if the budget has fewer bytes left; nothing changes then.</summary>
    public bool TryGrow(long total)
    {
        long more = Math.Max(0, total - Bytes);
        if (!_budget.TryTake(more)) return false;
        Interlocked.Add(ref _bytes, more);
        return true;
    }

    /// <summary>Releases all but <paramref name="remaining"/> bytes, such as what only a load needed. Never grows.</summary>
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
