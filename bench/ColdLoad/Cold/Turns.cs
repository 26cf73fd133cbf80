using Thaw.ColdLoad.Models;
using Thaw.ColdLoad.Plain;
using Thaw.Harness;
using Thaw.Harness.Measuring;

namespace Thaw.ColdLoad.Cold;

/// <summary>Lets the ways to load one model take turns, so that other load on the machine affects all of them.</summary>
internal sealed class Turns(BenchModel model, string raw, string? prepared, ServerWay server, IReadOnlyList<PlainWay> plain)
{
    /// <summary>Each way has one fresh process per round. Each round starts with another way.</summary>
    /// <exception cref="HarnessException">Two ways give different answers.</exception>
    public IReadOnlyDictionary<string, List<ColdSample>> Take(int rounds, CacheState state, int warmRuns, Progress progress)
    {
        List<(string Way, string Directory, Func<string, ColdSample> Sample)> ways =
        [
            .. plain.Select(way => (way.Name, raw, (Func<string, ColdSample>)(directory => way.Take(model, directory, warmRuns)))),
            (Way.Raw, raw, directory => server.Take(directory, warmRuns)),
        ];
        if (prepared is not null) ways.Add((Way.Prepared, prepared, directory => server.Take(directory, warmRuns)));

        if (state == CacheState.Read) foreach (string directory in ways.Select(way => way.Directory).Distinct()) PageCache.Drop(directory);
        var samples = ways.ToDictionary(way => way.Way, _ => new List<ColdSample>());
        for (int round = 0; round < rounds; round++)
        {
            for (int turn = 0; turn < ways.Count; turn++)
            {
                (string way, string directory, Func<string, ColdSample> take) = ways[(round + turn) % ways.Count];
                if (state == CacheState.Dropped) PageCache.Drop(directory);
                else PageCache.Warm(directory);
                samples[way].Add(take(directory));
            }

            string times = string.Join(", ", samples.Select(way => Results.Text($"{way.Key} {way.Value[^1].Together:F0} ms")));
            progress.Step($"{model.Title}, page cache {state.ToString().ToLowerInvariant()}: {times}");
        }

        Check(samples);
        return samples;
    }

    private void Check(Dictionary<string, List<ColdSample>> samples)
    {
        float[] expected = samples[Way.Plain][0].Logits;
        foreach ((string way, List<ColdSample> taken) in samples)
        {
            double furthest = taken.Max(sample => Question.Distance(expected, sample.Logits));
            if (furthest <= model.Tolerance) continue;
            throw new HarnessException(Results.Text(
                $"{model.Title}, {way}: the answer differs from plain ONNX Runtime's by {furthest:P2} of its range, more than {model.Tolerance:P2}."));
        }
    }
}
