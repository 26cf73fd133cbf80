using Thaw.Inference;
using Thaw.Inference.Batching;
using Thaw.Inference.Memory;
using Thaw.Inference.Serving;
using Thaw.Inference.Tasks;
using Thaw.Server.Http;
using Thaw.Server.Pipeline;
using Thaw.Server.Settings;

namespace Thaw.Server.Protocols.HuggingFace;

/// <summary><c>POST /models/{name}/invoke</c>.</summary>
internal sealed class InvokeEndpoint(ModelRequests requests, ModelTable<LoadedModel> models, TextRunner runner, ServerOptions options)
{
    private const string CustomAttributes = "X-Amzn-SageMaker-Custom-Attributes";

    public Task HandleAsync(HttpContext context) => requests.HandleAsync(context, InvokeAsync, ContentKind.Json, ContentKind.JsonLines);

    private async Task<InferenceError?> InvokeAsync(HttpContext context, string name, MemoryReservation room)
    {
        bool lines = RequestBody.KindOf(context.Request) == ContentKind.JsonLines;
        Result<InvokeRequest> read = await RequestBody.ReadAsync(context, options.MaxPayloadBytes, room, body => InvokeRequestReader.Read(body, lines, options.MaxTexts));
        if (!read.TryGet(out InvokeRequest? parsed, out InferenceError? invalid)) return invalid;
        using InvokeRequest request = parsed;

        Result<FloatRows> result;
        TextClassification classification;
        // The lease is held for the work alone: neither a body that comes slowly nor an answer that is taken slowly holds up an unload.
        Result<ModelLease<LoadedModel>> acquired = await models.AcquireAsync(name, context.RequestAborted);
        if (!acquired.TryGet(out ModelLease<LoadedModel> lease, out InferenceError? unknown)) return unknown;
        using (lease)
        {
            classification = (TextClassification)lease.Model.Task;
            if (!EncodedTexts.Encode(lease.Model, request.Texts).TryGet(out EncodedTexts? texts, out InferenceError? refused)) return refused;
            using EncodedTexts encoded = texts;
            result = await runner.RunAsync(lease.Model, encoded, context.RequestAborted);
        }

        if (!result.TryGet(out FloatRows? rows, out InferenceError? failed)) return failed;
        using FloatRows logits = rows;
        if (InvokeResponseWriter.Score(request, classification, logits) is { } nonsense) return nonsense;
        EchoCustomAttributes(context);
        await InvokeResponseWriter.WriteAsync(context.Response, request, classification, logits);
        return null;
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
