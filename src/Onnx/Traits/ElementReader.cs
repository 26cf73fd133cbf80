using Thaw.Onnx.Format;

namespace Thaw.Onnx.Traits;

/// <summary>Reads a tensor's elements. False if they cannot be read.</summary>
internal delegate bool ElementReader(OnnxTensor tensor, out ReadOnlySpan<byte> elements);
