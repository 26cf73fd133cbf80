using System.Text.Json;
using Thaw.Harness;
using Thaw.Harness.Measuring;

namespace Thaw.ServerProcess;

/// <summary>Memory over the life of a model. The factors in <c>LoadMemory</c> come from it.</summary>
internal static class MemoryBench
{
    private const string Model = "bench";

    // More tokens than one run of the server takes, so that the runs are full.
    private const int ManyTexts = 64;
    private const int WordsOfLongText = 60;

    // Counters of /proc lag by a few pages per thread until the kernel adds them up.
    private static readonly TimeSpan Settle = TimeSpan.FromMilliseconds(500);

    /// <param name="PeakPrivate">Largest private memory during the step: as sampled, or the resident peak minus mapped files, whichever is more.</param>
    private sealed record Step(string Name, long PeakResident, long PeakPrivate, ProcessMemory After);

    private sealed record ModelReport(string Directory, long WeightBytes, IReadOnlyList<Step> Steps, double LoadFactor, double LoadedFactor);

    private sealed record Report(Machine Machine, string Version, IReadOnlyList<ModelReport> Models);

    public static void Run(CommandLine command, Binary binary)
    {
        string version = binary.ReadVersion();
        List<ModelReport> models = [];
        foreach (string directory in command.Directories)
        {
            models.Add(Measure(binary, directory));
            Print(models[^1]);
        }

        Results.Write(command.Output, new Report(Machine.Read(), version, models));
    }

    private static ModelReport Measure(Binary binary, string directory)
    {
        // model.onnx and, if the weights are in a file of their own, model.onnx_data: what the server counts as the model's size.
        long weights = new DirectoryInfo(directory).EnumerateFiles("*.onnx*").Sum(file => file.Length);
        if (weights == 0) throw new HarnessException($"{directory} has no .onnx file. Give a directory that the server can load.");

        using RunningServer server = binary.Serve();
        string[] many = [.. Enumerable.Repeat(string.Join(' ', Enumerable.Repeat("ba", WordsOfLongText)), ManyTexts)];
        List<Step> steps =
        [
            Take(server, "ready", () => { }),
            Take(server, "load", () => HttpProbe.Send(server.Port, "POST", "/models", JsonSerializer.Serialize(new { model_name = Model, url = directory }))),
            Take(server, "invoke, 1 text", () => Invoke(server, "ba")),
            Take(server, $"invoke, {ManyTexts} texts", () => Invoke(server, many)),
            Take(server, "unload", () => HttpProbe.Send(server.Port, "DELETE", $"/models/{Model}")),
        ];
        double idle = steps[0].After.Private;
        return new ModelReport(directory, weights, steps, (steps[1].PeakPrivate - idle) / weights, (steps[2].After.Private - idle) / weights);
    }

    private static void Invoke<T>(RunningServer server, T inputs) =>
        HttpProbe.Send(server.Port, "POST", $"/models/{Model}/invoke", JsonSerializer.Serialize(new { inputs }));

    private static Step Take(RunningServer server, string name, Action action)
    {
        ProcessMemory.ResetPeak(server.Process.Id);
        long peakPrivate = 0;
        using var done = new ManualResetEventSlim();
        var sampler = new Thread(() =>
        {
            do peakPrivate = Math.Max(peakPrivate, ProcessMemory.Read(server.Process.Id).Private);
            while (!done.Wait(1));
        });
        sampler.Start();
        try
        {
            action();
            Thread.Sleep(Settle);
        }
        finally
        {
            done.Set();
            sampler.Join();
        }

        // Samples miss a peak of a few milliseconds, and the kernel records the peak of resident memory only. Without the mapped files,
        // which hardly change around the peak, that is the private peak.
        ProcessMemory after = ProcessMemory.Read(server.Process.Id);
        return new Step(name, after.Peak, Math.Max(peakPrivate, after.Peak - after.File), after);
    }

    private static void Print(ModelReport report)
    {
        long idle = report.Steps[0].After.Private;
        double weights = report.WeightBytes;
        Console.WriteLine(Results.Text($"\n{report.Directory}: {weights / 1e6:F1} MB of weights"));
        Console.WriteLine("Memory in MB; private/w and peak/w: private memory above an idle server's, per byte of weights");
        Console.WriteLine($"{"",-18}{"peak RSS",10}{"RSS",10}{"files",10}{"private",10}{"peak priv.",12}{"private/w",11}{"peak/w",9}");
        foreach (Step step in report.Steps)
        {
            ProcessMemory after = step.After;
            string resident = Results.Text($"{step.PeakResident / 1e6,10:F1}{after.Resident / 1e6,10:F1}{after.File / 1e6,10:F1}");
            string own = Results.Text($"{after.Private / 1e6,10:F1}{step.PeakPrivate / 1e6,12:F1}");
            string perWeight = Results.Text($"{(after.Private - idle) / weights,11:F2}{(step.PeakPrivate - idle) / weights,9:F2}");
            Console.WriteLine($"{step.Name,-18}{resident}{own}{perWeight}");
        }

        Console.WriteLine(Results.Text(
            $"Private bytes per byte of weights: peak while loading {report.LoadFactor:F2}, after the first invocation {report.LoadedFactor:F2}"));
    }
}
