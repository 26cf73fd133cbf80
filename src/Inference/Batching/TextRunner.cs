using Thaw.Inference.Memory;
using Thaw.Inference.Serving;
using Thaw.Inference.Tiers;
using Thaw.Onnx.Format;
using Thaw.Onnx.Runtime;

namespace Thaw.Inference.Batching;

/// <summary>Runs texts through a model: encoded on the caller's thread, run on one of <paramref name="runs"/>.</summary>
public sealed class TextRunner(WorkerPool runs)
{
    // Of one request, in all: 16 MB of logits, and some 100 MB of JSON.
    private const int MaxScores = 4 << 20;

    // Padded tokens from which on the arena gives back what the run took: what a usual request takes stays for the next one.
    private const int ShrinkFrom = 512;

    /// <summary>
    /// The logits of each text, [texts, classes]. The caller holds the model's lease, and the texts, until this ends; cancellation keeps
    /// what has not begun from running.
    /// </summary>
    public async Task<Result<Logits>> RunAsync(LoadedModel model, TextBatch texts, CancellationToken cancellation)
    {
        if ((long)texts.Count * model.Classification.Labels.Count > MaxScores)
            return new InferenceError(InferenceErrorKind.InvalidRequest, $"{texts.Count} texts of {model.Classification.Labels.Count} classes each are too many scores for one answer. Send fewer texts.");
        var logits = new Logits(texts.Count, model.Classification.Labels.Count);
        bool handedOver = false;
        try
        {
            for (int done = 0; done < texts.Count;)
            {
                cancellation.ThrowIfCancellationRequested();
                Result<TokenBatch> encoded = TokenBatch.Encode(model, texts, done);
                if (encoded.Error is { } refused) return refused;
                using TokenBatch batch = encoded.Value!;
                int first = done;
                InferenceError? failed = await runs.RunAsync(() => cancellation.IsCancellationRequested ? null : Run(model, batch, logits, first));
                if (failed is not null) return failed;
                done += batch.Rows;
            }

            cancellation.ThrowIfCancellationRequested();
            model.CountInvocation();
            handedOver = true;
            return logits;
        }
        finally
        {
            if (!handedOver) logits.Dispose();
        }
    }

    private static InferenceError? Run(LoadedModel model, TokenBatch batch, Logits logits, int first)
    {
        using SessionUse use = model.Sessions.Use();
        return Run(model, use.Session, batch, logits, first);
    }

    /// <summary>One run of one of the model's sessions; its logits go to the rows from <paramref name="first"/> on.</summary>
    internal static InferenceError? Run(LoadedModel model, OrtSession session, TokenBatch batch, Logits logits, int first)
    {
        Span<TensorView> views = stackalloc TensorView[model.Signature.InputCount];
        using TensorSlab slab = batch.FillInputs(model, views);
        try
        {
            using OrtRun run = OrtRun.Execute(session, views, model.Signature.Output, batch.Rows * batch.Columns >= ShrinkFrom);
            if (run.Shape is not [var rows, var columns] || rows != batch.Rows || columns != logits.Columns)
            {
                return new InferenceError(
                    InferenceErrorKind.Failed, $"The model answered with the shape [{string.Join(", ", run.Shape)}] where [{batch.Rows}, {logits.Columns}] was due.");
            }

            Span<float> destination = logits.Rows(first, batch.Rows);
            if (model.Signature.OutputType == TensorElementType.Float32)
            {
                run.Data<float>().CopyTo(destination);
            }
            else
            {
                ReadOnlySpan<Half> halves = run.Data<Half>();
                for (int i = 0; i < halves.Length; i++) destination[i] = (float)halves[i];
            }

            return null;
        }
        catch (OnnxRuntimeException exception)
        {
            return exception.IsOutOfMemory
                ? new InferenceError(InferenceErrorKind.OutOfMemory, $"Memory does not suffice for this request: {exception.Message}")
                : new InferenceError(InferenceErrorKind.Failed, $"ONNX Runtime failed: {exception.Message}");
        }
    }
}
