using System.Diagnostics;
using Thaw.Harness.Measuring;

namespace Thaw.ColdLoad;

/// <summary>Prints a line for each step, with an estimate of the time left.</summary>
internal sealed class Progress(int steps)
{
    private readonly long _start = Stopwatch.GetTimestamp();
    private int _done;

    public void Step(string text, int count = 1)
    {
        _done += count;
        TimeSpan left = Stopwatch.GetElapsedTime(_start) / _done * (steps - _done);
        Console.WriteLine(Results.Text($"[{_done,4}/{steps}, {left:mm\\:ss} left] {text}"));
    }
}
