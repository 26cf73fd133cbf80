using System.Diagnostics;
using Thaw.Inference.Memory;
using Thaw.Onnx.Runtime;

namespace Thaw.Inference.Preparing;

/// <summary>The times and answers of a session that was loaded to measure them.</summary>
/// <param name="Outputs">The outputs of the model.</param>
/// <param name="Answers">For each batch, the elements of each output.</param>
/// <param name="LongestText">Tokens of the longest text in the batches.</param>
internal sealed record Trial(TrialTimes Times, IReadOnlyList<TensorInfo> Outputs, IReadOnlyList<double[][]> Answers, int LongestText)
{
    private const int WarmRuns = 5;

    /// <summary>Loads a model, times it, runs it over the batches and closes it.</summary>
    /// <param name="open">Creates the session. This is timed.</param>
    /// <param name="read">Finds out which inputs the session takes.</param>
    /// <exception cref="OnnxRuntimeException">ONNX Runtime cannot load or run the model.</exception>
    public static Result<Trial> Run(
        OrtEnvironment environment, Func<OrtSession> open, Func<OrtSession, Result<TrialInputs>> read, CancellationToken cancellation)
    {
        environment.TrimMemory();
        GC.Collect();
        long before = PrivateMemory();
        long start = Stopwatch.GetTimestamp();
        using OrtSession session = open();
        TimeSpan load = Stopwatch.GetElapsedTime(start);
        if (!read(session).TryGet(out TrialInputs? inputs, out InferenceError? error)) return error;
        if (session.Outputs.FirstOrDefault(output => !TrialAnswer.IsComparable(output)) is { } other)
        {
            return new InferenceError(
                InferenceErrorKind.InvalidModel, $"The model has the output '{other.Name}' of type {other.ElementType}, which cannot be compared.");
        }

        TrialBatch timed = TrialBatch.Timed(inputs);
        TimeSpan first = Time(session, timed, inputs);
        long taken = PrivateMemory() - before;
        TimeSpan[] warm = new TimeSpan[WarmRuns];
        for (int i = 0; i < WarmRuns; i++) warm[i] = Time(session, timed, inputs);
        Array.Sort(warm);
        List<double[][]> answers = [];
        TrialBatch[] batches = TrialBatch.For(inputs);
        foreach (TrialBatch batch in batches)
        {
            cancellation.ThrowIfCancellationRequested();
            answers.Add(Answer(session, batch, inputs));
        }

        return new Trial(new TrialTimes(load, first, warm[WarmRuns / 2], Math.Max(0, taken)), session.Outputs, answers, batches.Max(batch => batch.Columns));
    }

    private static TimeSpan Time(OrtSession session, TrialBatch batch, TrialInputs inputs)
    {
        using TensorSlab slab = TensorSlab.Rent(batch.ByteLength(inputs));
        TensorView[] views = batch.Fill(inputs, slab);
        long start = Stopwatch.GetTimestamp();
        OrtRun.Execute(session, views, [0], shrinkArena: false).Dispose();
        return Stopwatch.GetElapsedTime(start);
    }

    private static double[][] Answer(OrtSession session, TrialBatch batch, TrialInputs inputs)
    {
        using TensorSlab slab = TensorSlab.Rent(batch.ByteLength(inputs));
        TensorView[] views = batch.Fill(inputs, slab);
        int[] outputs = [.. Enumerable.Range(0, session.Outputs.Count)];
        using OrtRun run = OrtRun.Execute(session, views, outputs, shrinkArena: true);
        var answers = new double[outputs.Length][];
        foreach (int output in outputs) answers[output] = TrialAnswer.Read(in run, output, session.Outputs[output].ElementType);

        return answers;
    }

    /// <summary>Private memory of the process in bytes; 0 if the system does not report it.</summary>
    private static long PrivateMemory()
    {
        const string Line = "RssAnon:";
        const string Status = "/proc/self/status";
        string? line = File.Exists(Status) ? File.ReadLines(Status).FirstOrDefault(text => text.StartsWith(Line, StringComparison.Ordinal)) : null;
        return long.TryParse(line?[Line.Length..].Replace("kB", "", StringComparison.Ordinal).Trim(), out long kibibytes) ? kibibytes * 1024 : 0;
    }
}
