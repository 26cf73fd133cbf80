using Thaw.Onnx.Format;

namespace Thaw.Inference.Tasks;

/// <summary>An output of [batch, labels].</summary>
/// <param name="Index">Position among the session's outputs.</param>
/// <param name="Labels">Null when the model leaves their number open.</param>
internal readonly record struct LogitsOutput(int Index, TensorElementType ElementType, int? Labels);
