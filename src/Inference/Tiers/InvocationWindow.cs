using System.Diagnostics;

namespace Thaw.Inference.Tiers;

/// <summary>Remembers when the last invocations of a model were.</summary>
internal sealed class InvocationWindow(PromotionRule rule)
{
    private readonly long[] _times = new long[rule.Invocations];

    /// <summary>Takes note of an invocation.</summary>
    /// <param name="number">Its number, from 1 on: every number once.</param>
    /// <returns>Whether it and those before it were so many within the time.</returns>
    public bool Count(long number)
    {
        if (_times.Length == 0) return false;
        long now = Stopwatch.GetTimestamp();
        Volatile.Write(ref _times[number % _times.Length], now);
        if (number < _times.Length) return false;
        // The oldest of them lies behind the newest in the ring; a concurrent one may just be taking its place, which only makes it younger.
        return Stopwatch.GetElapsedTime(Volatile.Read(ref _times[(number + 1) % _times.Length]), now) <= rule.Within;
    }
}
