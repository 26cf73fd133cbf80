namespace Thaw.Inference;

public enum InferenceErrorKind
{
    /// <summary>The request cannot be understood or breaks a limit.</summary>
    InvalidRequest,

    /// <summary>The model's directory or one of its files is missing, broken or unsupported.</summary>
    InvalidModel,

    /// <summary>No model of that name is loaded.</summary>
    ModelNotFound,

    /// <summary>A model of that name is loaded already.</summary>
    ModelExists,

    /// <summary>Memory does not suffice; unloading another model can help.</summary>
    OutOfMemory,

    /// <summary>The server or ONNX Runtime failed.</summary>
    Failed,
}

/// <summary>A refusal that is expected to happen. The message is for the caller and says what to do.</summary>
public sealed record InferenceError(InferenceErrorKind Kind, string Message);

/// <summary>A value or the reason why there is none; exactly one of the two is set.</summary>
public readonly struct Result<T>
{
    public T? Value { get; private init; }

    public InferenceError? Error { get; private init; }

    public static implicit operator Result<T>(T value) => new() { Value = value };

    public static implicit operator Result<T>(InferenceError error) => new() { Error = error };
}
