namespace Thaw.Onnx.Runtime;

/// <summary>ONNX Runtime's own error codes (<c>OrtErrorCode</c> in onnxruntime_error_code.h).</summary>
public enum OrtErrorCode
{
    Ok,
    Fail,
    InvalidArgument,
    NoSuchFile,
    NoModel,
    EngineError,
    RuntimeException,
    InvalidProtobuf,
    ModelLoaded,
    NotImplemented,
    InvalidGraph,
    ExecutionProviderFail,
    ModelLoadCanceled,
    ModelRequiresCompilation,
    NotFound,
    DeviceReset,
}

/// <summary>ONNX Runtime refused something, or cannot be loaded. The message is its own.</summary>
public sealed class OnnxRuntimeException(OrtErrorCode code, string message) : Exception(message)
{
    // ONNX Runtime has no code for it. These are the texts of its arena and of the C++ and CUDA allocators below it.
    private static readonly string[] OutOfMemoryTexts =
    [
        "Failed to allocate memory", "bad_alloc", "out of memory", "OUT_OF_MEMORY", "OutOfMemory", "MemoryError", "ALLOC_FAILED", "Cannot allocate memory",
        "No space left on device", "is smaller than requested bytes", "CUBLAS_STATUS_NOT_INITIALIZED", "CUDNN_STATUS_NOT_INITIALIZED",
    ];

    public OrtErrorCode Code { get; } = code;

    /// <summary>Whether the failure is a lack of memory, which unloading another model can mend.</summary>
    public bool IsOutOfMemory => OutOfMemoryTexts.Any(text => Message.Contains(text, StringComparison.OrdinalIgnoreCase));
}
