namespace Thaw.Gpu;

/// <summary>Throughput with so many texts in a request.</summary>
internal sealed record BatchResult(int Texts, double CpuTextsPerSecond, double CudaTextsPerSecond);

/// <summary>What one model showed. Times in milliseconds.</summary>
internal sealed record ModelResult(
    string Model, double LargestDifference, double CpuLoad, double CpuFirst, double CudaLoad, double CudaFirst, double CpuWarm, double CudaWarm, List<BatchResult> Batches);

internal sealed record Report(string Device, List<ModelResult> Models);
