using System.Buffers;
using Thaw.Inference;
using Thaw.Inference.Models;
using Thaw.Inference.Tasks;

namespace Thaw.Server;

/// <summary><c>POST /models/{name}/invoke</c>. The path alone says which model; the platform's Target-Model header is for logs.</summary>
internal sealed class InvokeEndpoint(ModelTable<LoadedModel> models, TextRunner runner, RequestGate gate, ServerOptions options, ILogger<InvokeEndpoint> log)
{
    private const string CustomAttributes = "X-Amzn-SageMaker-Custom-Attributes";

    public async Task HandleAsync(HttpContext context)
    {
        if (!gate.TryEnter())
        {
            await ErrorResponses.WriteAsync(
                context, StatusCodes.Status503ServiceUnavailable, $"{gate.Limit} invocations are under way already. Try again later, or raise THAW_MAX_REQUESTS.");
            return;
        }

        try
        {
            if (await RequestBody.RefuseContentTypeAsync(context, ContentKind.Json, ContentKind.JsonLines)) return;
            // Before the lease: a body that comes slowly must not hold up an unload.
            ReadOnlySequence<byte> body = await RequestBody.ReadAllAsync(context, options.MaxPayloadBytes);
            string name = context.ModelName();
            Result<ModelLease<LoadedModel>> acquired = await models.AcquireAsync(name, context.RequestAborted);
            if (acquired.Error is { } unknown)
            {
                context.Request.BodyReader.AdvanceTo(body.End);
                await ErrorResponses.WriteAsync(context, unknown);
                return;
            }

            using ModelLease<LoadedModel> lease = acquired.Value;
            if (await InvokeAsync(context, body, lease.Model) is not { } error) return;
            if (error.Kind == InferenceErrorKind.Failed) log.InvokeFailed(name, error.Message);
            await ErrorResponses.WriteAsync(context, error);
        }
        finally
        {
            gate.Leave();
        }
    }

    /// <summary>Null when the answer is written.</summary>
    private async Task<InferenceError?> InvokeAsync(HttpContext context, ReadOnlySequence<byte> body, LoadedModel model)
    {
        Result<InvokeRequest> read;
        try
        {
            read = InvokeRequestReader.Read(body, RequestBody.KindOf(context.Request) == ContentKind.JsonLines, options.MaxTexts);
        }
        finally
        {
            context.Request.BodyReader.AdvanceTo(body.End);
        }

        if (read.Error is { } invalid) return invalid;
        using InvokeRequest request = read.Value!;
        Result<Logits> result = await runner.RunAsync(model, request.Texts, context.RequestAborted);
        if (result.Error is { } failed) return failed;
        using Logits logits = result.Value!;
        if (InvokeResponseWriter.Score(request, model.Classification, logits) is { } nonsense) return nonsense;
        if (options.EchoCustomAttributes && context.Request.Headers.TryGetValue(CustomAttributes, out var attributes))
            context.Response.Headers[CustomAttributes] = attributes;
        await InvokeResponseWriter.WriteAsync(context.Response, request, model.Classification, logits);
        return null;
    }
}
