using System.Diagnostics;
using Thaw.Inference.Files;
using Thaw.Onnx.InPlace;
using Thaw.Onnx.Runtime;

namespace Thaw.Inference.Loading;

/// <summary>Loads for the CPU: fuses the graph, reads the weights in place from the mapped file, and packs nothing.</summary>
internal static class HostLoad
{
    private static readonly SessionSettings Settings = new() { Prepacking = false };

    public static Result<SessionLoad> Load(OrtEnvironment environment, ModelDirectory directory, LoadMemory memory, Action<ReadAhead> startReadAhead)
    {
        long start = Stopwatch.GetTimestamp();
        InPlaceModel? source = InPlaceModel.TryOpen(directory.ModelFile, out string? reason, startReadAhead);
        TimeSpan graph = Stopwatch.GetElapsedTime(start);
        OrtSession? session = null;
        try
        {
            if (source is null) return CopyingLoad.Load(environment, directory, memory, cuda: null, reason, graph);
            if (memory.ReserveInPlace(source.CopiedBytes) is { } refused) return refused;
            session = source.TryLoad(environment, Settings, out reason);
            if (session is null)
            {
                source.Dispose();
                return CopyingLoad.Load(environment, directory, memory, cuda: null, reason, graph);
            }

            memory.SettleInPlace(source.CopiedBytes);
            return new SessionLoad(session, source, null, graph);
        }
        finally
        {
            if (session is null) source?.Dispose();
        }
    }
}
