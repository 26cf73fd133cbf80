using System.Diagnostics;
using Thaw.ColdLoad.Density;
using Thaw.ColdLoad.Models;
using Thaw.Harness;
using Thaw.Harness.Measuring;

namespace Thaw.ColdLoad.Warm;

/// <summary>Warm answers of a prepared model by shape: the server compared with plain ONNX Runtime, each in one process, in turn.</summary>
internal sealed class WarmBench(Binary binary, ModelStore store, BenchModel model, string raw, string prepared)
{
    private const string Name = "warm", Path = $"/models/{Name}/invoke";
    private const int RunsInTurn = 3;

    // ONNX Runtime's threads spin for some time after a run, which must not take cores from the other process.
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    /// <exception cref="HarnessException">The two give different answers.</exception>
    public WarmGroup Take(int rounds)
    {
        // Prepared weights need no promotion.
        using RunningServer server = binary.Serve([.. LoadedModels.Environment(store), new("THAW_PROMOTE_AFTER", "0")]);
        LoadRequest.Send(server.Port, Name, prepared);
        // As clients of a service keep it: a new one for each answer would take longer than the shortest runs of small models.
        using var connection = new KeptConnection(server.Port);
        using var plain = new PlainProcess(binary.LibraryPath, model, raw);
        foreach (WarmShape shape in WarmShape.All)
            Check(shape, plain.Run(shape).Logits, Question.LogitsOfAll(connection.Post(Path, Question.BodyOf(shape.Texts, shape.Tokens))));

        var times = WarmShape.All.ToDictionary(shape => shape, _ => (Plain: new List<double>(), Thaw: new List<double>()));
        for (int round = 0; round < rounds; round++)
        {
            foreach ((WarmShape shape, (List<double> Plain, List<double> Thaw) taken) in times)
            {
                string body = Question.BodyOf(shape.Texts, shape.Tokens);
                Thread.Sleep(Pause);
                for (int i = 0; i < RunsInTurn; i++) taken.Plain.Add(plain.Run(shape).Milliseconds);
                Thread.Sleep(Pause);
                for (int i = 0; i < RunsInTurn; i++) taken.Thaw.Add(Time(connection, body));
            }
        }

        return new WarmGroup(
            model.Title, [.. times.Select(entry => new WarmRow(entry.Key.Texts, entry.Key.Tokens, Spread.Of(entry.Value.Plain), Spread.Of(entry.Value.Thaw)))]);
    }

    private static double Time(KeptConnection connection, string body)
    {
        long start = Stopwatch.GetTimestamp();
        _ = connection.Post(Path, body);
        return Stopwatch.GetElapsedTime(start).TotalMilliseconds;
    }

    private void Check(WarmShape shape, float[] expected, float[] logits)
    {
        if (expected.Length == logits.Length && Question.Distance(expected, logits) is var distance && distance <= model.Tolerance) return;
        throw new HarnessException($"{model.Title}, {shape}: the answer differs from plain ONNX Runtime's.");
    }
}
