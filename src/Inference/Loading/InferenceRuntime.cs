using Thaw.Onnx.Cuda;
using Thaw.Onnx.Runtime;

namespace Thaw.Inference.Loading;

/// <summary>ONNX Runtime and the device that models are loaded on.</summary>
/// <param name="Device">The CUDA device; null for the CPU.</param>
public sealed record InferenceRuntime(OrtEnvironment Environment, CudaDevice? Device);
