using Thaw.Inference.Loading;
using Thaw.Onnx.Cuda;
using Thaw.Onnx.Runtime;

namespace Thaw.Server.Settings;

/// <summary>Puts the device that the settings ask for into the environment.</summary>
internal static class DeviceChoice
{
    /// <param name="fallback">Why the CPU takes the place of a device that was not required; null where nothing is to be said.</param>
    /// <exception cref="CudaUnavailableException">The device is required and cannot be used.</exception>
    public static InferenceRuntime Apply(ServerOptions options, OrtEnvironment environment, out string? fallback)
    {
        fallback = null;
        if (options.Device.Cuda is not { } device) return new InferenceRuntime(environment, null);
        try
        {
            return new InferenceRuntime(environment, CudaDevice.Open(environment, options.Cuda with { Device = device }, options.CudaMemoryLimit));
        }
        catch (CudaUnavailableException exception) when (!options.Device.IsRequired)
        {
            fallback = exception.Message;
            return new InferenceRuntime(environment, null);
        }
    }
}
