using Thaw.Inference.Loading;
using Thaw.Onnx.Cuda;
using Thaw.Onnx.Runtime;

namespace Thaw.Server.Settings;

/// <summary>Opens the device that the settings ask for.</summary>
internal static class DeviceChoice
{
    /// <param name="fallback">Why models run on the CPU instead of the device; null if they run where the settings say.</param>
    /// <exception cref="CudaUnavailableException">The settings require the device, and it cannot be used.</exception>
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
