namespace Thaw.Onnx.Runtime;

/// <summary>An error that ONNX Runtime reported, with its own message; or its library cannot be used.</summary>
public sealed class OnnxRuntimeException(OrtErrorCode code, string message) : Exception(message)
{
    // ONNX Runtime has no error code for this. These are messages of its arena and of the C++ and CUDA allocators below it.
    private static readonly string[] OutOfMemoryTexts =
    [
        "Failed to allocate memory", "bad_alloc", "out of memory", "OUT_OF_MEMORY", "OutOfMemory", "MemoryError", "ALLOC_FAILED", "Cannot allocate memory",
        "No space left on device", "is smaller than requested bytes", "CUBLAS_STATUS_NOT_INITIALIZED", "CUDNN_STATUS_NOT_INITIALIZED",
    ];

    public OrtErrorCode Code { get; } = code;

    /// <summary>Whether the cause is a lack of memory. Unloading another model can help then.</summary>
    public bool IsOutOfMemory => OutOfMemoryTexts.Any(text => Message.Contains(text, StringComparison.OrdinalIgnoreCase));
}
