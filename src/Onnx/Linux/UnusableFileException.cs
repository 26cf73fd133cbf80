namespace Thaw.Onnx.Linux;

/// <summary>A file of an ONNX model is missing or in place of it there is something else, so that nothing can load the model.</summary>
/// <param name="message">Names the file, and says what to do.</param>
public sealed class UnusableFileException(string message) : IOException(message);
