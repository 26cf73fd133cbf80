using Thaw.Onnx.Runtime;

namespace Thaw.Server.Management;

/// <summary>Healthy as soon as the listener and ONNX Runtime are; never tied to a model.</summary>
internal sealed class PingEndpoint(Task<OrtEnvironment> environment)
{
    public async Task HandleAsync(HttpContext context)
    {
        await environment;
        context.Response.ContentLength = 0;
    }
}
