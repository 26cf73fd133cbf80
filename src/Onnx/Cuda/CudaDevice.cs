using Thaw.Onnx.Runtime;

namespace Thaw.Onnx.Cuda;

/// <summary>A device that sessions can be made on.</summary>
/// <param name="ModelBytes">What all models on it may take together.</param>
public sealed record CudaDevice(CudaOptions Options, long ModelBytes)
{
    private const string Provider = "libonnxruntime_providers_cuda.so";

    /// <summary>Finds out whether sessions can be made on the device, by making one.</summary>
    /// <param name="memoryLimit">Bytes for all models; 0 for nine tenths of what the device has.</param>
    /// <exception cref="CudaUnavailableException">They cannot; the message says what is missing.</exception>
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
