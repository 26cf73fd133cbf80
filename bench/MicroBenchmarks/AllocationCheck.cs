using System.Reflection;
using BenchmarkDotNet.Reports;

namespace Thaw.MicroBenchmarks;

/// <summary>Holds the results against what the benchmarks promise.</summary>
internal static class AllocationCheck
{
    /// <summary>What is wrong, one line each; empty when every benchmark ran and kept its limit.</summary>
    public static IReadOnlyList<string> Problems(IEnumerable<Summary> summaries)
    {
        List<string> problems = [];
        int reports = 0;
        foreach (Summary summary in summaries)
        {
            problems.AddRange(summary.ValidationErrors.Where(error => error.IsCritical).Select(error => error.Message));
            foreach (BenchmarkReport report in summary.Reports)
            {
                reports++;
                if (Problem(report) is { } problem) problems.Add($"{report.BenchmarkCase.DisplayInfo}: {problem}");
            }
        }

        if (reports == 0 && problems.Count == 0) problems.Add("No benchmark ran. --list flat lists them, --filter '*' runs all.");
        return problems;
    }

    private static string? Problem(BenchmarkReport report)
    {
        if (!report.Success) return "did not run to its end; the log above says why.";
        if (report.BenchmarkCase.Descriptor.WorkloadMethod.GetCustomAttribute<AllocatesAtMostAttribute>() is not { } limit) return null;
        return report.GcStats.GetBytesAllocatedPerOperation(report.BenchmarkCase) switch
        {
            null => "has a limit for allocated bytes, and they were not measured.",
            { } bytes when bytes > limit.Bytes => $"allocates {bytes} bytes per operation, and {limit.Bytes} is the limit.",
            _ => null,
        };
    }
}
