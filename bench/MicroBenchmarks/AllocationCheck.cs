using System.Reflection;
using BenchmarkDotNet.Reports;

namespace Thaw.MicroBenchmarks;

/// <summary>Compares the results with the limits of the benchmarks.</summary>
internal static class AllocationCheck
{
    /// <summary>A line for each problem; empty if every benchmark ran and kept its limit.</summary>
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
        if (!report.Success) return "did not finish; see the log above.";
        if (report.BenchmarkCase.Descriptor.WorkloadMethod.GetCustomAttribute<AllocatesAtMostAttribute>() is not { } limit) return null;
        return report.GcStats.GetBytesAllocatedPerOperation(report.BenchmarkCase) switch
        {
            null => "has a limit for allocated bytes, but they were not measured.",
            { } bytes when bytes > limit.Bytes => $"allocates {bytes} bytes per operation (limit {limit.Bytes}).",
            _ => null,
        };
    }
}
