using Thaw.Onnx.Format;

namespace Thaw.Onnx.Runtime;

/// <summary>An input or output that an ONNX model declares.</summary>
/// <param name="Shape">Its dimensions; -1 for one that can differ from run to run.</param>
public sealed record TensorInfo(string Name, TensorElementType ElementType, IReadOnlyList<long> Shape);
