using Thaw.Onnx.Cuda;
using Thaw.Onnx.Runtime;

namespace Thaw.Inference.Loading;

/// <summary>What models are loaded into.</summary>
/// <param name="Device">The device that they run on; null for the CPU.</param>
public sealed record InferenceRuntime(OrtEnvironment Environment, CudaDevice? Device);
