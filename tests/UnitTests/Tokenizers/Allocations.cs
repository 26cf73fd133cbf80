using System.Diagnostics;

namespace Thaw.UnitTests.Tokenizers;

/// <summary>What calls allocate on their own thread. Tests that run at the same time make the process's pools forget, or report, what is rented.</summary>
internal static class Allocations
{
    private const int Rounds = 50;

    // Longer than any other test makes the pools report their use.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>After enough repetitions the call allocates nothing.</summary>
    public static void AssertNone(Action call)
    {
        long start = Stopwatch.GetTimestamp();
        long least = long.MaxValue;
        for (int round = 0; least > 0 && (round < Rounds || Stopwatch.GetElapsedTime(start) < Patience); round++)
            least = Math.Min(least, Of(call));
        Assert.Equal(0, least);
    }

    /// <summary>Bytes of one call.</summary>
    public static long Of(Action call)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        call();
        return GC.GetAllocatedBytesForCurrentThread() - before;
    }
}
