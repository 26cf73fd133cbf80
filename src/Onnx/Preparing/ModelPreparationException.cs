namespace Thaw.Onnx.Preparing;

/// <summary>An ONNX model cannot be prepared; the message says why.</summary>
public sealed class ModelPreparationException(string message) : Exception(message);
