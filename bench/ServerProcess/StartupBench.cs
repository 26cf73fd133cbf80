using Thaw.Harness;
using Thaw.Harness.Measuring;

namespace Thaw.ServerProcess;

/// <summary>Time until the published server is ready, its idle memory and file sizes.</summary>
internal static class StartupBench
{
    // By then the server has trimmed its memory and its start-up threads have ended.
    private static readonly TimeSpan IdleTime = TimeSpan.FromSeconds(2);

    private sealed record Report(
        Machine Machine, string Version, double[] ReadyMilliseconds, double BestMilliseconds, double MedianMilliseconds,
        ProcessMemory Idle, long BinaryBytes, long LibraryBytes);

    public static void Run(CommandLine command, Binary binary)
    {
        string version = binary.ReadVersion();
        // Not counted: this start brings the native library into the page cache and compiles the poll loop.
        binary.Serve().Dispose();

        double[] times = new double[command.Runs];
        ProcessMemory idle = default;
        for (int i = 0; i < times.Length; i++)
        {
            using RunningServer server = binary.Serve();
            times[i] = server.TimeToReady.TotalMilliseconds;
            if (i < times.Length - 1) continue;
            Thread.Sleep(IdleTime);
            idle = ProcessMemory.Read(server.Process.Id);
        }

        var report = new Report(Machine.Read(), version, times, times.Min(), Spread.Of(times).Median, idle, binary.Bytes, binary.LibraryBytes);
        Print(report);
        Results.Write(command.Output, report);
    }

    private static void Print(Report report)
    {
        Console.WriteLine(Results.Text($"{report.Version} on {report.Machine}"));
        Console.WriteLine(Results.Text($"""

            exec to first 200 of /ping, best     {report.BestMilliseconds,9:F1} ms
            the same, median of {report.ReadyMilliseconds.Length,-3}              {report.MedianMilliseconds,9:F1} ms
            idle, resident (VmRSS)               {Results.Megabytes(report.Idle.Resident)} MB
            idle, private (RssAnon)              {Results.Megabytes(report.Idle.Private)} MB
            idle, mapped files (RssFile)         {Results.Megabytes(report.Idle.File)} MB
            thaw                                 {Results.Megabytes(report.BinaryBytes)} MB
            libonnxruntime.so                    {Results.Megabytes(report.LibraryBytes)} MB
            """));
    }
}
