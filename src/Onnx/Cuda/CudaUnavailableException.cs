namespace Thaw.Onnx.Cuda;

/// <summary>No session can be made on the CUDA device; the message says what is missing.</summary>
public sealed class CudaUnavailableException(string message) : Exception(message);
