using System.Diagnostics;
using System.Text.Json;
using Thaw.Harness;
using Thaw.Harness.Measuring;

namespace Thaw.Gpu;

/// <summary>Compares one model on both devices: first the answers, then times, which alternate.</summary>
internal static class ModelBench
{
    private const int Words = 32;
    private const int Runs = 30;
    private const int Loads = 5;
    private static readonly int[] Batches = [1, 8, 32, 128, 512];

    public static ModelResult Run(Server cpu, Server cuda, string directory, double tolerance)
    {
        string name = Path.GetFileName(Path.TrimEndingDirectorySeparator(directory));
        string one = Texts.Body(1, Words, scores: false);
        // The first load in a process also loads the device's libraries; it is not counted.
        (double Load, double First)[] onCpu = [.. Enumerable.Range(0, Loads + 1).Select(_ => Load(cpu, name, directory, one)).Skip(1)];
        (double Load, double First)[] onCuda = [.. Enumerable.Range(0, Loads + 1).Select(_ => Load(cuda, name, directory, one)).Skip(1)];
        cpu.Load(name, directory, one);
        cuda.Load(name, directory, one);

        double difference = 0;
        foreach (int words in (int[])[1, 7, Words, 200]) difference = Math.Max(difference, Difference(cpu, cuda, name, Texts.Body(5, words, scores: true)));
        if (!(difference <= tolerance)) throw new HarnessException($"{name}: the scores of the devices differ by {difference}, more than {tolerance}.");

        // So that the CPU's times are those after the promotion.
        for (int i = 0; i < Runs; i++) cpu.Invoke(name, one);
        (double warmCpu, double warmCuda) = Alternate(() => cpu.Invoke(name, one), () => cuda.Invoke(name, one), Runs);
        List<BatchResult> batches = [];
        foreach (int texts in Batches)
        {
            string body = Texts.Body(texts, Words, scores: false);
            (double cpuTime, double cudaTime) = Alternate(() => cpu.Invoke(name, body), () => cuda.Invoke(name, body), texts > 32 ? 3 : 10);
            batches.Add(new BatchResult(texts, texts * 1000 / cpuTime, texts * 1000 / cudaTime));
        }

        cpu.Unload(name);
        cuda.Unload(name);
        return new ModelResult(
            name, difference, Median(onCpu.Select(time => time.Load)), Median(onCpu.Select(time => time.First)),
            Median(onCuda.Select(time => time.Load)), Median(onCuda.Select(time => time.First)), warmCpu, warmCuda, batches);
    }

    private static (double Load, double First) Load(Server server, string name, string directory, string body)
    {
        (double Load, double First) times = server.Load(name, directory, body);
        server.Unload(name);
        return times;
    }

    private static double Difference(Server cpu, Server cuda, string name, string body)
    {
        double[] expected = Scores(cpu.Invoke(name, body)), actual = Scores(cuda.Invoke(name, body));
        if (expected.Length == 0 || expected.Length != actual.Length)
            throw new HarnessException($"{name}: {expected.Length} scores from the CPU, {actual.Length} from CUDA.");
        // Math.Max passes NaN on, unlike Max().
        return expected.Zip(actual, (left, right) => Math.Abs(left - right)).Aggregate(0.0, Math.Max);
    }

    private static double[] Scores(string answer) =>
    [
        .. JsonDocument.Parse(answer).RootElement.EnumerateArray()
            .SelectMany(text => text.EnumerateArray())
            .Select(label => label.GetProperty("score").GetDouble()),
    ];

    private static (double First, double Second) Alternate(Action first, Action second, int runs)
    {
        double[] firsts = new double[runs], seconds = new double[runs];
        first();
        second();
        for (int i = 0; i < runs; i++) (firsts[i], seconds[i]) = (Time(first), Time(second));
        return (Median(firsts), Median(seconds));
    }

    private static double Time(Action action)
    {
        long start = Stopwatch.GetTimestamp();
        action();
        return Stopwatch.GetElapsedTime(start).TotalMilliseconds;
    }

    private static double Median(IEnumerable<double> values) => Spread.Quantile(values, 0.5);
}
