using System.Diagnostics;
using System.Globalization;
using Thaw.ColdLoad.Models;
using Thaw.Harness;
using Thaw.Harness.Measuring;
using Thaw.TestModels.Bert;

namespace Thaw.ColdLoad.Density;

/// <summary>Many models in turn under a memory limit of a quarter of their size.</summary>
internal static class DensityBench
{
    private const int Rounds = 2;

    // The share of a control group's limit that the server takes by default; the rest is for runs, request bodies and the program.
    private const double BudgetShare = 0.9;

    // 4 layers and a small vocabulary: most bytes are matrices, as in a large model.
    private static readonly BertOptions Shape = BertOptions.Mini with { VocabularySize = BertOptions.Tiny.VocabularySize };

    private sealed record Report(
        Machine Machine, string Version, int Models, long ModelBytes, long LimitBytes, long BudgetBytes, string LimitedBy,
        int Loads, int Refusals, int Unloads, int MostLoaded, int Answers, int WrongAnswers,
        double MedianColdMilliseconds, double P95ColdMilliseconds, double? MedianWarmMilliseconds,
        long PeakPrivateBytes, long? PeakGroupBytes);

    /// <returns>Whether every answer was the right one for its model.</returns>
    public static bool Run(BenchOptions options, Binary binary)
    {
        using var store = new ModelStore(options.WorkFolder);
        long size = BertModelFile.Measure(Shape).ModelBytes;
        store.Require(size * options.Count);
        var progress = new Progress(options.Count * (1 + Rounds));
        List<string> directories = [];
        for (int seed = 1; seed <= options.Count; seed++)
        {
            directories.Add(store.Raw(Results.Text($"turn-{seed}"), Shape with { Seed = seed }));
            // Pages count for the group that brought them in, which must be the server's.
            PageCache.Drop(directories[^1]);
            if (seed % 10 == 0) progress.Step($"{seed} models written", 10);
        }

        long total = size * options.Count, limit = total / 4, budget = (long)(limit * BudgetShare);
        using MemoryGroup? group = MemoryGroup.TryCreate(limit, out string reason);
        string limitedBy = group is null ? "THAW_MEMORY_LIMIT" : $"THAW_MEMORY_LIMIT and {group.Version}";
        string noGroup = group is null ? $" (no control group: {reason})" : "";
        Console.WriteLine(Results.Text($"{total / 1e6:F0} MB of models, {limit / 1e6:F0} MB of memory, limited by {limitedBy}{noGroup}."));
        using RunningServer server = binary.Serve(
            [.. LoadedModels.Environment(store), new("THAW_MEMORY_LIMIT", budget.ToString(CultureInfo.InvariantCulture))], group?.ProcessesFile);
        var models = new LoadedModels(server);
        var answers = new Answers();
        List<double> cold = [], warm = [];
        long peakPrivate = 0;
        int mostLoaded = 0;
        var random = new Random(1);
        int[] order = [.. Enumerable.Range(0, options.Count)];
        for (int round = 0; round < Rounds; round++)
        {
            for (int i = 0; i < order.Length; i++)
            {
                string name = Path.GetFileName(directories[order[i]]);
                long start = Stopwatch.GetTimestamp();
                (string answer, bool loaded) = models.Ask(name, directories[order[i]]);
                (loaded ? cold : warm).Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
                answers.Add(name, answer);
                peakPrivate = Math.Max(peakPrivate, ProcessMemory.Read(server.Process.Id).Private);
                mostLoaded = Math.Max(mostLoaded, models.Count);
                if (i % 10 != 9) continue;
                progress.Step(Results.Text($"round {round + 1}: {models.Loads} loads, {models.Refusals} times 507, {models.Count} loaded"), 10);
            }

            random.Shuffle(order);
        }

        var report = new Report(
            Machine.Read(), binary.ReadVersion(), options.Count, total, limit, budget, limitedBy, models.Loads, models.Refusals, models.Unloads,
            mostLoaded, cold.Count + warm.Count, answers.Wrong, Spread.Quantile(cold, 0.5), Spread.Quantile(cold, 0.95),
            warm.Count == 0 ? null : Spread.Quantile(warm, 0.5), peakPrivate, group?.Peak);
        Print(report);
        if (options.Output is not null) Results.Write(Path.Combine(options.Output, "density.json"), report);
        return report.WrongAnswers == 0;
    }

    private static void Print(Report report) => Console.WriteLine(Results.Text($"""

        models, and the most at once        {report.Models,9} {report.MostLoaded}
        their size, and the limit           {Results.Megabytes(report.ModelBytes)} {report.LimitBytes / 1e6:F1} MB
        loads, refused with 507, unloads    {report.Loads,9} {report.Refusals} {report.Unloads}
        answers, wrong ones                 {report.Answers,9} {report.WrongAnswers}
        load + answer, p50 and p95          {report.MedianColdMilliseconds,9:F1} {report.P95ColdMilliseconds:F1} ms
        answer of a loaded model, p50       {(report.MedianWarmMilliseconds is double warm ? Results.Text($"{warm,9:F1}") : "        -")} ms
        private memory, peak                {Results.Megabytes(report.PeakPrivateBytes)} MB
        control group's memory, peak        {(report.PeakGroupBytes is long peak ? Results.Megabytes(peak) : "        -")} MB
        """));
}
