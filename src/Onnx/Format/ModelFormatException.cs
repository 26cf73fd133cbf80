namespace Thaw.Onnx.Format;

/// <summary>The bytes of an ONNX model are not in a form that this reader understands. ONNX Runtime may still be able to read them.</summary>
internal sealed class ModelFormatException(string message) : Exception(message);
