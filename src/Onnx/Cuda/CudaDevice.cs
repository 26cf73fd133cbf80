using Thaw.Onnx.Runtime;

namespace Thaw.Onnx.Cuda;

/// <summary>A CUDA device that sessions can be made on.</summary>
/// <param name="ModelBytes">Bytes of device memory that all models together may take.</param>
public sealed record CudaDevice(CudaOptions Options, long ModelBytes)
{
    private const string Provider = "libonnxruntime_providers_cuda.so";

    /// <summary>Checks that sessions can be made on the device, by making one.</summary>
    /// <param name="memoryLimit">Bytes for all models; 0 for nine tenths of the device's memory.</param>
    /// <exception cref="CudaUnavailableException">No session can be made; the message says what is missing.</exception>
    public static CudaDevice Open(OrtEnvironment environment, CudaOptions options, long memoryLimit)
    {
        string library = Path.Combine(AppContext.BaseDirectory, Provider);
        if (!File.Exists(library)) throw new CudaUnavailableException($"This build has no CUDA: {library} does not exist.");
        long bytes = CudaDriver.MemoryOf(options.Device);
        try
        {
            OrtSession.Load(environment, TinyModel.Identity, new SessionSettings { Cuda = options, Optimization = GraphOptimization.None }).Dispose();
            return new CudaDevice(options, memoryLimit > 0 ? memoryLimit : bytes / 10 * 9);
        }
        catch (OnnxRuntimeException exception)
        {
            throw new CudaUnavailableException($"ONNX Runtime cannot use device {options.Device}: {exception.Message}");
        }
    }
}
