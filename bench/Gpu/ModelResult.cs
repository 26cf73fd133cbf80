namespace Thaw.Gpu;

/// <summary>Results of one model. Times in milliseconds.</summary>
internal sealed record ModelResult(
    string Model, double LargestDifference, double CpuLoad, double CpuFirst, double CudaLoad, double CudaFirst,
    double CpuWarm, double CudaWarm, List<BatchResult> Batches);
