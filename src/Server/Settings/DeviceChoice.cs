using Thaw.Onnx.Cuda;
using Thaw.Onnx.Runtime;

namespace Thaw.Server.Settings;

/// <summary>Puts the device that the settings ask for into the environment.</summary>
internal static class DeviceChoice
{
    /// <returns>Why the CPU takes the place of a device that was not required; null where nothing is to be said.</returns>
    /// <exception cref="CudaUnavailableException">The device is required and cannot be used.</exception>
    public static string? Apply(ServerOptions options, OrtEnvironment environment)
    {
        if (options.Device.Cuda is not { } device) return null;
        try
        {
            environment.Device = CudaDevice.Open(environment, options.Cuda with { Device = device }, options.CudaMemoryLimit);
            return null;
        }
        catch (CudaUnavailableException exception) when (!options.Device.IsRequired)
        {
            return exception.Message;
        }
    }
}
