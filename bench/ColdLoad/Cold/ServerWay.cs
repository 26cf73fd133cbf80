using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Thaw.Harness;
using Thaw.Harness.Measuring;

namespace Thaw.ColdLoad.Cold;

/// <summary>Measures a fresh server that loads a model over HTTP and answers with it.</summary>
internal sealed class ServerWay(Binary binary, string cacheFolder)
{
    private const string Model = "bench", Another = "another";

    private const string Exported = "exported";

    // How long to wait for a promotion. If one does not come, the next servers will not promote either.
    private TimeSpan _patience = TimeSpan.FromSeconds(20);

    // After a swap the old session must still close, and counters of /proc lag by a few pages per thread.
    private static readonly TimeSpan Settle = TimeSpan.FromMilliseconds(300);

    /// <param name="warmRuns">Answers to time before a promotion and after it; 0 stops at the first answer.</param>
    public ColdSample Take(string directory, int warmRuns)
    {
        // An empty cache: with what an earlier server cached, this would not be a first load.
        string cache = Directory.CreateDirectory(Path.Combine(cacheFolder, Path.GetRandomFileName())).FullName;
        try
        {
            // The first answer and the warm ones on exported weights must not share the cores with a promotion; the answer after them triggers it.
            string promoteAfter = (warmRuns + 2).ToString(CultureInfo.InvariantCulture);
            using RunningServer server = binary.Serve([new("THAW_CACHE_DIR", cache), new("THAW_PROMOTE_AFTER", promoteAfter)]);
            return Take(server, directory, [directory, cache], warmRuns);
        }
        finally
        {
            Directory.Delete(cache, recursive: true);
        }
    }

    private ColdSample Take(RunningServer server, string directory, string[] files, int warmRuns)
    {
        // A server still warms up in its first milliseconds, when requests hardly ever come.
        Thread.Sleep(Settle);
        string load = JsonSerializer.Serialize(new { model_name = Model, url = directory });
        MappedMemory before = MappedMemory.Read(server.Process.Id, files);
        long start = Stopwatch.GetTimestamp();
        HttpProbe.Send(server.Port, "POST", "/models", load);
        TimeSpan loaded = Stopwatch.GetElapsedTime(start);
        string answer = Question.Ask(server.Port, Model);
        TimeSpan answered = Stopwatch.GetElapsedTime(start);
        var sample = new ColdSample(
            loaded.TotalMilliseconds, (answered - loaded).TotalMilliseconds, MappedMemory.Read(server.Process.Id, files) - before, Question.Logits(answer));
        if (warmRuns == 0) return sample;

        // The first model also pays for what all models share: heaps of threads, the arena of the runs, managed memory.
        Thread.Sleep(Settle);
        MappedMemory beforeAnother = MappedMemory.Read(server.Process.Id, files);
        HttpProbe.Send(server.Port, "POST", "/models", JsonSerializer.Serialize(new { model_name = Another, url = directory }));
        _ = Question.Ask(server.Port, Another);
        sample = sample with { AddedByAnother = MappedMemory.Read(server.Process.Id, files) - beforeAnother };
        HttpProbe.Send(server.Port, "DELETE", $"/models/{Another}", "");
        string? weights = Weights(server);
        if (weights != "packed") sample = sample with { Warm = Warm(server, warmRuns, weights) };
        _ = Question.Ask(server.Port, Model);
        if (!WaitForPromotion(server)) return sample;
        Thread.Sleep(Settle);
        MappedMemory promoted = MappedMemory.Read(server.Process.Id, files) - before;
        return sample with { Promoted = Warm(server, warmRuns, Weights(server)), AddedPromoted = promoted };
    }

    /// <summary>Median time of answers that began and ended on the same weights; null if there are none.</summary>
    private static double? Warm(RunningServer server, int runs, string? weights)
    {
        List<double> times = [];
        for (int i = 0; i < runs; i++)
        {
            long start = Stopwatch.GetTimestamp();
            _ = Question.Ask(server.Port, Model);
            double time = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
            if (Weights(server) != weights) break;
            times.Add(time);
        }

        return times.Count == 0 ? null : Spread.Of(times).Median;
    }

    /// <summary>Waits until the model runs on other weights than those of its file.</summary>
    /// <returns>Whether it does.</returns>
    private bool WaitForPromotion(RunningServer server)
    {
        string? weights = Weights(server);
        for (long start = Stopwatch.GetTimestamp(); weights == Exported && Stopwatch.GetElapsedTime(start) < _patience; weights = Weights(server))
            Thread.Sleep(20);
        if (weights is not null and not Exported) return true;
        _patience = TimeSpan.Zero;
        return false;
    }

    private static string? Weights(RunningServer server)
    {
        using JsonDocument model = JsonDocument.Parse(HttpProbe.Send(server.Port, "GET", $"/models/{Model}"));
        return model.RootElement.TryGetProperty("weights", out JsonElement value) ? value.GetString() : null;
    }
}
