namespace Thaw.Onnx.Runtime;

/// <summary>How a session's arena of device memory grows.</summary>
public enum CudaArena
{
    /// <summary>By powers of two: fewer allocations.</summary>
    NextPowerOfTwo,

    /// <summary>By the requested size: less unused memory, which matters if many models share a device.</summary>
    SameAsRequested,
}
