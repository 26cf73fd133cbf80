using Thaw.Inference.Files;
using Thaw.Onnx.Runtime;
using Thaw.Onnx.Traits;

namespace Thaw.Inference.Loading;

/// <summary>ONNX Runtime's own load, for files that cannot be read in place: it parses the file, then copies and packs the weights.</summary>
internal static class CopyingLoad
{
    /// <param name="reason">Why the model cannot be read in place.</param>
    /// <param name="graphTime">Time it took to find that out.</param>
    public static Result<WeightLoad> Load(
        OrtEnvironment environment, ModelDirectory directory, LoadMemory memory, CudaOptions? cuda, string? reason, TimeSpan graphTime)
    {
        long weights = directory.WeightBytes();
        if (memory.ReserveCopying(weights) is { } refused) return refused;
        GraphTraits? traits = GraphTraits.TryRead(directory.ModelFile);
        OrtSession session = OrtSession.Load(environment, directory.ModelFile, new SessionSettings { Cuda = cuda });
        memory.SettleCopied(weights);
        return WeightLoad.Copied(session, traits, reason, graphTime);
    }
}
