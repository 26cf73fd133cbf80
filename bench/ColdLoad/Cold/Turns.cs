using Thaw.ColdLoad.Models;
using Thaw.ColdLoad.Plain;
using Thaw.Harness;
using Thaw.Harness.Measuring;

namespace Thaw.ColdLoad.Cold;

/// <summary>Lets the ways to load one model take turns, so that other load on the machine affects all of them.</summary>
/// <param name="forms">The model's files for each of the server's ways.</param>
internal sealed class Turns(BenchModel model, IReadOnlyDictionary<string, ModelFiles> forms, ServerWay server, IReadOnlyList<PlainWay> plain)
{
    /// <summary>Each way has one fresh process per round, and another for the hundredth model. Each round starts with another way.</summary>
    /// <exception cref="HarnessException">Two ways give different answers.</exception>
    public IReadOnlyDictionary<string, List<ColdSample>> Take(int rounds, CacheState state, int warmRuns, Progress progress)
    {
        List<(string Way, ModelFiles Files, Func<ModelFiles, ColdSample> Sample)> ways =
        [
            .. plain.Select(way => (way.Name, forms[Way.Raw], (Func<ModelFiles, ColdSample>)(files => way.Take(model, files, warmRuns)))),
            .. forms.Select(form => (form.Key, form.Value, (Func<ModelFiles, ColdSample>)(files => server.Take(files, warmRuns, model.Closely)))),
        ];

        if (state == CacheState.Read) foreach (string directory in ways.SelectMany(way => way.Files.Directories).Distinct()) PageCache.Drop(directory);
        var samples = ways.ToDictionary(way => way.Way, _ => new List<ColdSample>());
        for (int round = 0; round < rounds; round++)
        {
            for (int turn = 0; turn < ways.Count; turn++)
            {
                (string way, ModelFiles files, Func<ModelFiles, ColdSample> take) = ways[(round + turn) % ways.Count];
                foreach (string directory in files.Directories)
                {
                    if (state == CacheState.Dropped) PageCache.Drop(directory);
                    else PageCache.Warm(directory);
                }

                samples[way].Add(take(files));
            }

            string times = string.Join(", ", samples.Select(way => Results.Text($"{way.Key} {way.Value[^1].Together:F0} ms")));
            progress.Step($"{model.Title}, page cache {state.ToString().ToLowerInvariant()}: {times}");
        }

        Check(samples, sample => sample);
        Check(samples, sample => sample.Second);
        Check(samples, sample => sample.Hundredth ?? sample.Second);
        return samples;
    }

    private void Check(Dictionary<string, List<ColdSample>> samples, Func<ColdSample, ColdSample?> part)
    {
        if (part(samples[Way.Plain][0]) is not { Logits: var expected }) return;
        foreach ((string way, List<ColdSample> taken) in samples)
        {
            double furthest = taken.Max(sample => Question.Distance(expected, part(sample)!.Logits));
            if (furthest <= model.Tolerance) continue;
            throw new HarnessException(Results.Text(
                $"{model.Title}, {way}: the answer differs from plain ONNX Runtime's by {furthest:P2} of its range, more than {model.Tolerance:P2}."));
        }
    }
}
