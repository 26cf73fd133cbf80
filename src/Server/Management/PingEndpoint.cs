using Thaw.Inference;
using Thaw.Inference.Loading;

namespace Thaw.Server.Management;

/// <summary>Healthy as soon as the listener and ONNX Runtime are; it never depends on a model.</summary>
internal sealed class PingEndpoint(Task<InferenceRuntime> runtime)
{
    public async Task<InferenceError?> HandleAsync(HttpContext context)
    {
        await runtime;
        context.Response.ContentLength = 0;
        return null;
    }
}
