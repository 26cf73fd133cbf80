using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Thaw.ColdLoad.Models;
using Thaw.Harness;
using Thaw.Harness.Measuring;

namespace Thaw.ColdLoad.Cold;

/// <summary>Measures a fresh server that loads a model over HTTP and answers with it.</summary>
internal sealed class ServerWay(Binary binary, string cacheFolder)
{
    private const string First = "first", Further = "further";
    private const int Hundred = 100;

    private const string Exported = "exported";

    // How long to wait for a promotion. If one does not come, the next servers will not promote either.
    private TimeSpan _patience = TimeSpan.FromSeconds(20);

    // After a swap the old session must still close, and counters of /proc lag by a few pages per thread.
    private static readonly TimeSpan Settle = TimeSpan.FromMilliseconds(300);

    // The server remembers which weights belong to a model's files only if they were not modified in the last seconds.
    private static readonly TimeSpan FilesSettle = TimeSpan.FromSeconds(4);

    /// <param name="warmRuns">Answers to time before a promotion and after it; 0 stops at the first answer.</param>
    /// <param name="hundredth">Whether the hundredth model is measured too, if there are warm runs.</param>
    public ColdSample Take(ModelFiles files, int warmRuns, bool hundredth)
    {
        // The first answer and the warm ones on exported weights must not share the cores with a promotion; the answer after them triggers it.
        ColdSample sample = Serve(files, promoteAfter: warmRuns + 2, (server, directories) => Take(server, files, directories, warmRuns));
        if (warmRuns == 0 || !hundredth) return sample;
        return sample with { Hundredth = Serve(files, promoteAfter: 0, (server, directories) => TakeHundredth(server, files, directories)) };
    }

    /// <summary>Lets a server lay out the weights of models in a cache directory.</summary>
    /// <returns>Whether the next server loads them laid out.</returns>
    public bool TryLayOut(ModelFiles files, string cache)
    {
        Thread.Sleep(FilesSettle);
        string[] directories = [files.First, files.Second];
        using (RunningServer server = Start(cache, promoteAfter: 1))
        {
            if (!directories.All(directory => WaitForPromotion(server, Ask(server, directory)))) return false;
        }

        using RunningServer next = Start(cache, promoteAfter: 0);
        return directories.All(directory => Weights(next, Ask(next, directory)) != Exported);

        static string Ask(RunningServer server, string directory)
        {
            string name = Path.GetFileName(directory);
            LoadRequest.Send(server.Port, name, directory);
            _ = Question.Ask(server.Port, name);
            return name;
        }
    }

    private T Serve<T>(ModelFiles files, int promoteAfter, Func<RunningServer, IReadOnlyList<string>, T> take)
    {
        if (files.Cache is not null)
        {
            using RunningServer server = Start(files.Cache, promoteAfter);
            return take(server, files.Directories);
        }

        // An empty cache: with what an earlier server cached, this would not be a first load.
        string cache = Directory.CreateDirectory(Path.Combine(cacheFolder, Path.GetRandomFileName())).FullName;
        try
        {
            using RunningServer server = Start(cache, promoteAfter);
            return take(server, [.. files.Directories, cache]);
        }
        finally
        {
            Directory.Delete(cache, recursive: true);
        }
    }

    private RunningServer Start(string cache, int promoteAfter)
    {
        RunningServer server = binary.Serve([new("THAW_CACHE_DIR", cache), new("THAW_PROMOTE_AFTER", promoteAfter.ToString(CultureInfo.InvariantCulture))]);
        // A server still warms up in its first milliseconds, when requests hardly ever come.
        Thread.Sleep(Settle);
        return server;
    }

    private ColdSample Take(RunningServer server, ModelFiles files, IReadOnlyList<string> directories, int warmRuns)
    {
        MappedMemory before = MappedMemory.Read(server.Process.Id, directories);
        ColdSample sample = Load(server, First, files.First, directories);
        if (warmRuns == 0) return sample;

        // The first model also pays for what all models share: heaps of threads, the arena of the runs, managed memory.
        sample = sample with { Second = TakeSecond(server, files, directories, warmRuns) };
        string? weights = Weights(server, First);
        if (weights != "packed") sample = sample with { Warm = Warm(server, warmRuns, weights) };
        _ = Question.Ask(server.Port, First);
        if (!WaitForPromotion(server, First)) return sample;
        Thread.Sleep(Settle);
        MappedMemory promoted = MappedMemory.Read(server.Process.Id, directories) - before;
        return sample with { Promoted = Warm(server, warmRuns, Weights(server, First)), AddedPromoted = promoted };
    }

    /// <summary>Loads a second model, asks it until it is promoted, and unloads it.</summary>
    private ColdSample TakeSecond(RunningServer server, ModelFiles files, IReadOnlyList<string> directories, int warmRuns)
    {
        Thread.Sleep(Settle);
        MappedMemory before = MappedMemory.Read(server.Process.Id, directories);
        ColdSample sample = Load(server, Further, files.Second, directories);
        for (int i = 0; i <= warmRuns; i++) _ = Question.Ask(server.Port, Further);
        if (WaitForPromotion(server, Further))
        {
            Thread.Sleep(Settle);
            sample = sample with { AddedPromoted = MappedMemory.Read(server.Process.Id, directories) - before };
        }

        HttpProbe.Send(server.Port, "DELETE", $"/models/{Further}");
        return sample;
    }

    /// <summary>Loads a model while 99 are loaded: all of these have the same files.</summary>
    private static ColdSample TakeHundredth(RunningServer server, ModelFiles files, IReadOnlyList<string> directories)
    {
        for (int i = 1; i < Hundred; i++)
        {
            string name = Results.Text($"{First}-{i}");
            LoadRequest.Send(server.Port, name, files.First);
            _ = Question.Ask(server.Port, name);
        }

        Thread.Sleep(Settle);
        return Load(server, Further, files.Second, directories);
    }

    private static ColdSample Load(RunningServer server, string name, string directory, IReadOnlyList<string> directories)
    {
        MappedMemory before = MappedMemory.Read(server.Process.Id, directories);
        long start = Stopwatch.GetTimestamp();
        LoadRequest.Send(server.Port, name, directory);
        TimeSpan loaded = Stopwatch.GetElapsedTime(start);
        string answer = Question.Ask(server.Port, name);
        TimeSpan answered = Stopwatch.GetElapsedTime(start);
        MappedMemory added = MappedMemory.Read(server.Process.Id, directories) - before;
        return new ColdSample(loaded.TotalMilliseconds, (answered - loaded).TotalMilliseconds, added, Question.Logits(answer));
    }

    /// <summary>Median time of answers that began and ended on the same weights; null if there are none.</summary>
    private static double? Warm(RunningServer server, int runs, string? weights)
    {
        List<double> times = [];
        for (int i = 0; i < runs; i++)
        {
            long start = Stopwatch.GetTimestamp();
            _ = Question.Ask(server.Port, First);
            double time = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
            if (Weights(server, First) != weights) break;
            times.Add(time);
        }

        return times.Count == 0 ? null : Spread.Of(times).Median;
    }

    /// <summary>Waits until the model runs on other weights than those of its file.</summary>
    /// <returns>Whether it does.</returns>
    private bool WaitForPromotion(RunningServer server, string model)
    {
        string? weights = Weights(server, model);
        for (long start = Stopwatch.GetTimestamp(); weights == Exported && Stopwatch.GetElapsedTime(start) < _patience; weights = Weights(server, model))
            Thread.Sleep(20);
        if (weights is not null and not Exported) return true;
        _patience = TimeSpan.Zero;
        return false;
    }

    private static string? Weights(RunningServer server, string name)
    {
        using JsonDocument model = JsonDocument.Parse(HttpProbe.Send(server.Port, "GET", $"/models/{name}"));
        return model.RootElement.TryGetProperty("weights", out JsonElement value) ? value.GetString() : null;
    }
}
