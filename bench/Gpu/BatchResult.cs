namespace Thaw.Gpu;

/// <summary>Throughput with requests of that many texts.</summary>
internal sealed record BatchResult(int Texts, double CpuTextsPerSecond, double CudaTextsPerSecond);
