namespace Thaw.Inference.Memory;

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
