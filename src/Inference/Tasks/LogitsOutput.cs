using Thaw.Onnx.Format;

namespace Thaw.Inference.Tasks;

/// <summary>An output of [batch, labels].</summary>
/// <param name="Index">Position among the session's outputs.</param>
/// <param name="Labels">Number of labels; null if the model does not declare it.</param>
internal readonly record struct LogitsOutput(int Index, TensorElementType ElementType, int? Labels);
