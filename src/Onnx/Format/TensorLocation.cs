namespace Thaw.Onnx.Format;

/// <summary>Where a file holds a tensor's bytes.</summary>
/// <param name="File">Relative to the model's directory; null for the model file itself.</param>
/// <param name="Offset">In bytes from the start of the file.</param>
/// <param name="Length">In bytes.</param>
internal sealed record TensorLocation(string? File, long Offset, long Length);
