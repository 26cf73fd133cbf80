using Thaw.Inference.Memory;

namespace Thaw.Server.Http;

/// <summary>
/// How many invocations may be under way at once, and how much memory the bodies of all requests may take: what waits holds memory,
/// and past some length it only waits to time out.
/// </summary>
/// <param name="bodyBytes">Of all bodies together.</param>
internal sealed class RequestGate(int limit, long bodyBytes)
{
    private int _inside;

    public MemoryBudget Bodies { get; } = new(bodyBytes);

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
