using Thaw.Inference;
using Thaw.Inference.Batching;
using Thaw.Inference.Serving;
using Thaw.Server.Http;
using Thaw.Server.Settings;
using Thaw.Server.Telemetry;

namespace Thaw.Server.Pipeline;

/// <summary>The way of every request that makes a model work.</summary>
internal sealed class InvokePipeline(ModelTable<LoadedModel> models, RequestGate gate, TextRunner runner, ServerOptions options, ILogger<InvokePipeline> log)
{
    /// <summary>The handler of a route.</summary>
    public Handler For(Codec codec) => context => AnswerAsync(context, codec);

    private async Task<InferenceError?> AnswerAsync(HttpContext context, Codec codec)
    {
        // 1. The gate.
        if (!gate.TryEnter())
            return new InferenceError(InferenceErrorKind.Busy, $"Too many concurrent invocations (limit {gate.Limit}, set by THAW_MAX_REQUESTS).");

        string? name = null;
        RequestBody? body = null;
        ModelRequest? request = null;
        EncodedTexts? texts = null;
        FloatRows? rows = null;
        ModelLease<LoadedModel>? lease = null;
        InferenceError? error = null;
        try
        {
            // 2. The headers and the model's name, before a byte of the body is read.
            if (!BodyForm.Of(context.Request, codec.Accepts).TryGet(out BodyForm form, out error)) return error;
            name = ModelName.FromPath(context);
            if (!models.Contains(name)) return error = ModelTable<LoadedModel>.NotLoaded(name);

            // 3. The body. A client that sends it slowly holds no lease, so it does not hold up an unload.
            if (!(await RequestBody.ReadAsync(context, form.Coding, options.MaxPayloadBytes, gate.Bodies)).TryGet(out body, out error)) return error;

            // 4. The lease; waits for a load that is under way.
            if (!(await models.AcquireAsync(name, context.RequestAborted)).TryGet(out ModelLease<LoadedModel> acquired, out error)) return error;
            lease = acquired;
            LoadedModel model = acquired.Model;

            // 5. The codec of the route reads the body for the model's task.
            if (!codec.Read(body.Bytes, form.Kind, model.Task).TryGet(out request, out error)) return error;
            body.ReleaseBytes();

            // 6. Token ids, on this thread.
            if (request.TextsToRun is { } toRun)
            {
                if ((error = TextRunner.Refuse(model.Task, toRun.Count)) is not null) return error;
                Result<EncodedTexts> encoding = await EncodedTexts.EncodeAsync(
                    model.Tokenizer, model.MaxTokens, model.TokenTypes, toRun, body.Room, context.RequestAborted);
                if (!encoding.TryGet(out texts, out error)) return error;

                // 7. The run, on a thread of its own, and what the task reads from it.
                if (!(await runner.RunAsync(model, texts, context.RequestAborted)).TryGet(out rows, out error)) return error;
            }

            if ((error = request.Finish(model, rows)) is not null) return error;

            // 8. The lease goes back: a client that takes its answer slowly does not hold up an unload.
            lease = null;
            acquired.Dispose();

            // 9. The answer.
            if (options.EchoCustomAttributes && codec.EchoesCustomAttributes) CustomAttributes.Echo(context);
            await request.WriteAsync(context.Response);
            return null;
        }
        finally
        {
            gate.Leave();
            rows?.Dispose();
            texts?.Dispose();
            request?.Dispose();
            body?.Dispose();

            // 10. One line in the log if the server failed.
            if (error is { Kind: InferenceErrorKind.Failed }) log.InvokeFailed(name!, error.Message);

            // Last: it may close the model, which may throw.
            lease?.Dispose();
        }
    }
}
