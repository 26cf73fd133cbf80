namespace Thaw.Server;

/// <summary>How many invocations may be under way at once: what waits holds memory, and past some length it only waits to time out.</summary>
internal sealed class RequestGate(int limit)
{
    private int _inside;

    public int Limit => limit;

    /// <summary>True: the caller goes in and must <see cref="Leave"/>.</summary>
    public bool TryEnter()
    {
        if (Interlocked.Increment(ref _inside) <= limit) return true;
        Leave();
        return false;
    }

    public void Leave() => Interlocked.Decrement(ref _inside);
}
