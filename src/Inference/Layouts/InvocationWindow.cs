using System.Diagnostics;

namespace Thaw.Inference.Layouts;

/// <summary>Remembers the times of a model's last invocations.</summary>
internal sealed class InvocationWindow(PromotionRule rule)
{
    private readonly long[] _times = new long[rule.Invocations];

    /// <summary>Records an invocation.</summary>
    /// <param name="number">Its number, counted from 1; each number is used once.</param>
    /// <returns>Whether this and earlier invocations reach the rule's number within its time.</returns>
    public bool Count(long number)
    {
        if (_times.Length == 0) return false;
        long now = Stopwatch.GetTimestamp();
        Volatile.Write(ref _times[number % _times.Length], now);
        if (number < _times.Length) return false;
        // The oldest is next to the newest in the ring. A concurrent call may just be overwriting it, which only makes it newer.
        return Stopwatch.GetElapsedTime(Volatile.Read(ref _times[(number + 1) % _times.Length]), now) <= rule.Within;
    }
}
