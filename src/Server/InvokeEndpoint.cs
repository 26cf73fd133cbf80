using System.Buffers;
using Thaw.Inference;
using Thaw.Inference.Memory;
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
            using MemoryReservation room = gate.Bodies.TryReserve(0)!;
            string name = context.ModelName();
            if (await InvokeAsync(context, name, room) is not { } error) return;
            if (error.Kind == InferenceErrorKind.Failed) log.InvokeFailed(name, error.Message);
            await ErrorResponses.WriteAsync(context, error);
        }
        finally
        {
            gate.Leave();
        }
    }

    /// <summary>Null when the answer is written.</summary>
    private async Task<InferenceError?> InvokeAsync(HttpContext context, string name, MemoryReservation room)
    {
        if (!models.Contains(name)) return ModelTable<LoadedModel>.NotLoaded(name);
        Result<InvokeRequest> read = await ReadAsync(context, room);
        if (read.Error is { } invalid) return invalid;
        using InvokeRequest request = read.Value!;

        Result<Logits> result;
        Classification classification;
        // The lease is held for the work alone: neither a body that comes slowly nor an answer that is taken slowly holds up an unload.
        Result<ModelLease<LoadedModel>> acquired = await models.AcquireAsync(name, context.RequestAborted);
        if (acquired.Error is { } unknown) return unknown;
        using (ModelLease<LoadedModel> lease = acquired.Value)
        {
            classification = lease.Model.Classification;
            result = await runner.RunAsync(lease.Model, request.Texts, context.RequestAborted);
        }

        if (result.Error is { } failed) return failed;
        using Logits logits = result.Value!;
        if (InvokeResponseWriter.Score(request, classification, logits) is { } nonsense) return nonsense;
        EchoCustomAttributes(context);
        await InvokeResponseWriter.WriteAsync(context.Response, request, classification, logits);
        return null;
    }

    private async Task<Result<InvokeRequest>> ReadAsync(HttpContext context, MemoryReservation room)
    {
        ReadOnlySequence<byte> body = await RequestBody.ReadAllAsync(context, options.MaxPayloadBytes, room);
        try
        {
            return InvokeRequestReader.Read(body, RequestBody.KindOf(context.Request) == ContentKind.JsonLines, options.MaxTexts);
        }
        finally
        {
            context.Request.BodyReader.AdvanceTo(body.End);
        }
    }

    /// <summary>As the platform's API has it, up to 1,024 visible ASCII characters; others cannot stand in a header, and are dropped.</summary>
    private void EchoCustomAttributes(HttpContext context)
    {
        if (!options.EchoCustomAttributes) return;
        string attributes = context.Request.Headers[CustomAttributes].ToString();
        if (attributes.Length is > 0 and <= 1024 && attributes.All(character => character is >= ' ' and <= '~'))
            context.Response.Headers[CustomAttributes] = attributes;
    }
}
