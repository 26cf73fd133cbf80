using Thaw.Inference.Memory;

namespace Thaw.Server.Http;

/// <summary>
/// How many invocations may be in progress at once, and how much memory the bodies of all requests may take: waiting requests take memory, and beyond
/// some number they would only wait to time out.
/// </summary>
/// <param name="limit">Most invocations.</param>
/// <param name="bodyBytes">Most bytes of all bodies together.</param>
internal sealed class RequestGate(int limit, long bodyBytes)
{
    private int _inside;

    public MemoryBudget Bodies { get; } = new(bodyBytes);

    public int Limit => limit;

    /// <summary>True if there is a place; the caller must then <see cref="Leave"/>.</summary>
    public bool TryEnter()
    {
        if (Interlocked.Increment(ref _inside) <= limit) return true;
        Leave();
        return false;
    }

    public void Leave() => Interlocked.Decrement(ref _inside);
}
