namespace Thaw.Onnx.Format;

/// <summary>A model's bytes are not what this reader understands. ONNX Runtime may still read them.</summary>
internal sealed class ModelFormatException(string message) : Exception(message);
