namespace Thaw.Onnx.Runtime;

/// <summary>Descriptions of memory that live as long as the process.</summary>
internal static unsafe class OrtMemory
{
    private const int DeviceAllocator = 0;
    private const int DefaultMemory = 0;

    private static readonly Lazy<nint> Host = new(static () =>
    {
        nint memory;
        OrtStatus.Check(OrtApi.CreateCpuMemoryInfo(DeviceAllocator, DefaultMemory, &memory));
        return memory;
    }, LazyThreadSafetyMode.ExecutionAndPublication);

    /// <summary>Native memory info of host memory.</summary>
    public static nint Cpu => Host.Value;
}
