namespace Thaw.Inference;

/// <summary>Why a request was refused. The server derives the status and the advice from it.</summary>
public enum InferenceErrorKind
{
    /// <summary>The request cannot be understood or breaks a limit.</summary>
    InvalidRequest,

    /// <summary>A text has more tokens than allowed, and the request does not allow truncation.</summary>
    TextTooLong,

    /// <summary>The model's directory or one of its files is missing, damaged or unsupported.</summary>
    InvalidModel,

    /// <summary>The model's directory is outside the one that all models must be in.</summary>
    OutsideModelRoot,

    /// <summary>No model of that name is loaded.</summary>
    ModelNotFound,

    /// <summary>A model of that name is already loaded or being loaded.</summary>
    ModelExists,

    /// <summary>A load would exceed the memory limit; unloading another model can help.</summary>
    OverMemoryLimit,

    /// <summary>The machine or the device does not have enough memory, or the system allows the process no more mappings or open files.</summary>
    OutOfMemory,

    /// <summary>The request's body is larger than allowed.</summary>
    PayloadTooLarge,

    /// <summary>The request's body is of a type or encoding that is not supported.</summary>
    UnsupportedMediaType,

    /// <summary>Too many requests are in progress; the same request can succeed later.</summary>
    Busy,

    /// <summary>The server or ONNX Runtime failed.</summary>
    Failed,
}
