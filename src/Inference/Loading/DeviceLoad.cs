using System.Diagnostics;
using Thaw.Inference.Files;
using Thaw.Onnx.InPlace;
using Thaw.Onnx.Runtime;

namespace Thaw.Inference.Loading;

/// <summary>Loads for a CUDA device: copies the weights to it straight from the mapped file. ONNX Runtime fuses the graph itself.</summary>
internal static class DeviceLoad
{
    public static Result<WeightLoad> Load(
        OrtEnvironment environment, CudaOptions cuda, ModelDirectory directory, LoadMemory memory, Action<ReadAhead> startReadAhead)
    {
        long start = Stopwatch.GetTimestamp();
        using InPlaceModel? source = InPlaceModel.TryOpenUnfused(directory.ModelFile, out string? reason, startReadAhead);
        TimeSpan graph = Stopwatch.GetElapsedTime(start);
        if (source is not null)
        {
            if (memory.ReserveOnDevice(directory.WeightBytes()) is { } refused) return refused;
            if (source.TryLoad(environment, new SessionSettings { Cuda = cuda }, out reason) is { } session)
                return WeightLoad.Copied(session, source.Traits, null, graph);
            // The copying load reserves for itself alone.
            source.Dispose();
        }

        return CopyingLoad.Load(environment, directory, memory, cuda, reason, graph);
    }
}
