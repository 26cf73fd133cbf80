using System.Runtime.CompilerServices;
using Thaw.Inference.Architectures;
using Thaw.Inference.Memory;
using Thaw.Inference.Serving;
using Thaw.Inference.Tasks;
using Thaw.Onnx.Runtime;

namespace Thaw.Inference.Batching;

/// <summary>Runs encoded texts through a model, on the threads of <paramref name="runs"/>.</summary>
public sealed class TextRunner(WorkerPool runs)
{
    // Limit of one answer: 16 MB of numbers, which are about 100 MB of JSON.
    private const int MaxNumbers = 4 << 20;

    // Runs of at least this many padded tokens return their arena memory to the system; smaller ones leave it for the next run.
    private const int ShrinkFrom = 512;

    private int _underWay;

    /// <summary>Why an answer about this many texts would be too large, or null. To be asked before any work is done for them.</summary>
    public static InferenceError? Refuse(ModelTask task, int texts) => (long)texts * task.Width <= MaxNumbers
        ? null
        : new InferenceError(
            InferenceErrorKind.InvalidRequest,
            $"The answer would have {texts} texts of {task.Width} numbers each; the limit is {MaxNumbers} numbers. Send fewer texts.");

    /// <summary>Returns the row of numbers that the model's task reads for each text.</summary>
    /// <param name="model">The caller keeps its lease until this completes.</param>
    /// <param name="texts">As many as <see cref="Refuse"/> accepts. The caller disposes them after this completes.</param>
    /// <param name="cancellation">Skips runs that have not started.</param>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public async Task<Result<FloatRows>> RunAsync(LoadedModel model, EncodedTexts texts, CancellationToken cancellation)
    {
        TextInputs inputs = model.Inputs;
        if (inputs.NeedsEqualLengths && texts.Count > 1) texts.SortByLength();
        // The last run may have more rows than texts.
        var rows = new FloatRows(texts.Count + (inputs.Rows ?? 1) - 1, model.Task.Width);
        bool handedOver = false;
        try
        {
            for (int done = 0; done < texts.Count;)
            {
                cancellation.ThrowIfCancellationRequested();
                PaddedBatch batch = PaddedBatch.Next(texts, done, inputs);
                InferenceError? failed = await runs.RunAsync(() => cancellation.IsCancellationRequested ? null : Run(model, batch, rows));
                if (failed is not null) return failed;
                done += batch.Rows;
            }

            cancellation.ThrowIfCancellationRequested();
            model.RecordInvocation();
            if (inputs.NeedsEqualLengths && texts.Count > 1) return InOrder(texts, rows);
            handedOver = true;
            return rows;
        }
        finally
        {
            if (!handedOver) rows.Dispose();
        }
    }

    /// <summary>The rows of sorted texts in the order of the request.</summary>
    private static FloatRows InOrder(EncodedTexts texts, FloatRows sorted)
    {
        var rows = new FloatRows(texts.Count, sorted.Columns);
        for (int i = 0; i < texts.Count; i++) sorted.Row(i).CopyTo(rows.Row(texts.PositionInRequest(i)));
        return rows;
    }

    private InferenceError? Run(LoadedModel model, PaddedBatch batch, FloatRows rows)
    {
        try
        {
            // Enough runs for all cores are faster one core each: none waits for another's threads.
            bool hasAllCores = 2 * Interlocked.Increment(ref _underWay) <= Math.Max(model.Weights.Environment.Threads, 2);
            using SessionUse use = model.Weights.Use(batch.RunRows, batch.Columns, hasAllCores);
            return Run(model.Inputs, model.Task, use, batch, rows);
        }
        catch (OnnxRuntimeException exception)
        {
            return exception.IsOutOfMemory
                ? new InferenceError(InferenceErrorKind.OutOfMemory, $"There is not enough memory for this request: {exception.Message}")
                : new InferenceError(InferenceErrorKind.Failed, $"ONNX Runtime failed: {exception.Message}");
        }
        finally
        {
            Interlocked.Decrement(ref _underWay);
        }
    }

    /// <summary>Runs a batch, and writes each text's numbers to the row at its position.</summary>
    /// <exception cref="OnnxRuntimeException">The run failed.</exception>
    internal static InferenceError? Run(TextInputs inputs, ModelTask task, in SessionUse use, PaddedBatch batch, FloatRows rows)
    {
        InputViews all = default;
        Span<TensorView> views = all[..inputs.All.Count];
        Span<int> lengths = batch.RunRows <= PaddedBatch.MaxRows ? stackalloc int[batch.RunRows] : new int[batch.RunRows];
        batch.CopyLengths(lengths);
        using TensorSlab slab = batch.FillInputs(inputs, views);
        bool shrinks = batch.RunRows * batch.Columns >= ShrinkFrom;
        using OrtRun run = OrtRun.Execute(use.Session, views, task.Outputs, shrinks, use.Weights);
        // Rows behind the last text are written over by the next run.
        return task.Read(in run, lengths, rows.Rows(batch.First, batch.RunRows));
    }

    [InlineArray(TextInputs.Most)]
    private struct InputViews
    {
        private TensorView _first;
    }
}
