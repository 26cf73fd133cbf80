using Thaw.Inference.Loading;

namespace Thaw.Server.Management;

/// <summary>Healthy as soon as the listener and ONNX Runtime are; never tied to a model.</summary>
internal sealed class PingEndpoint(Task<InferenceRuntime> runtime)
{
    public async Task HandleAsync(HttpContext context)
    {
        await runtime;
        context.Response.ContentLength = 0;
    }
}
