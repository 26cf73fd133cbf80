using Thaw.Inference;
using Thaw.Inference.Memory;
using Thaw.Inference.Serving;
using Thaw.Server.Http;
using Thaw.Server.Telemetry;

namespace Thaw.Server.Pipeline;

/// <summary>
/// What all requests that make a model work have in common: the gate, the content type, room for the body, and how a refusal is
/// answered. The path alone says which model; the platform's Target-Model header is for logs.
/// </summary>
internal sealed class ModelRequests(ModelTable<LoadedModel> models, RequestGate gate, ILogger<ModelRequests> log)
{
    /// <param name="handle">From the context, the model's name and the body's room to null when the answer is written.</param>
    public async Task HandleAsync(HttpContext context, Func<HttpContext, string, MemoryReservation, Task<InferenceError?>> handle, params ContentKind[] accepted)
    {
        if (!gate.TryEnter())
        {
            await ErrorResponses.WriteAsync(
                context, StatusCodes.Status503ServiceUnavailable, $"{gate.Limit} invocations are under way already. Try again later, or raise THAW_MAX_REQUESTS.");
            return;
        }

        try
        {
            if (await RequestBody.RefuseContentTypeAsync(context, accepted)) return;
            using MemoryReservation room = gate.Bodies.Open();
            string name = context.ModelName();
            InferenceError? error = models.Contains(name) ? await handle(context, name, room) : ModelTable<LoadedModel>.NotLoaded(name);
            if (error is null) return;
            if (error.Kind == InferenceErrorKind.Failed) log.InvokeFailed(name, error.Message);
            await ErrorResponses.WriteAsync(context, error);
        }
        finally
        {
            gate.Leave();
        }
    }
}
