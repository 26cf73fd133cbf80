using System.Diagnostics.CodeAnalysis;

namespace Thaw.Inference;

/// <summary>A value, or the reason why there is none.</summary>
public readonly struct Result<T>
{
    internal T? Value { get; private init; }

    internal InferenceError? Error { get; private init; }

    public static implicit operator Result<T>(T value) => new() { Value = value };

    public static implicit operator Result<T>(InferenceError error) => new() { Error = error };

    /// <returns>True if there is a value; exactly one of the two is set.</returns>
    public bool TryGet([MaybeNullWhen(false)] out T value, [NotNullWhen(false)] out InferenceError? error)
    {
        (value, error) = (Value, Error);
        return error is null;
    }
}
