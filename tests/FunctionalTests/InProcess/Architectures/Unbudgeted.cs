using Thaw.Inference.Architectures;
using Thaw.Inference.Memory;
using Thaw.Onnx.Architectures;
using Thaw.Onnx.Runtime;

namespace Thaw.FunctionalTests.InProcess.Architectures;

internal static class Unbudgeted
{
    /// <summary>The architecture of a graph, whatever memory its sessions need.</summary>
    public static Architecture Acquire(this ArchitectureTable table, OrtEnvironment environment, ArchitectureGraph graph) =>
        table.Acquire(environment, graph, static _ => new MemoryBudget(0).Open()).Value!;
}
