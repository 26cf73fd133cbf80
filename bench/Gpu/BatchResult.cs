namespace Thaw.Gpu;

/// <summary>Throughput with so many texts in a request.</summary>
internal sealed record BatchResult(int Texts, double CpuTextsPerSecond, double CudaTextsPerSecond);
