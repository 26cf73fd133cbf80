using Thaw.Inference.Memory;
using Thaw.Onnx.Architectures;
using Thaw.Onnx.Runtime;

namespace Thaw.Inference.Architectures;

/// <summary>The architectures of the loaded models. The ones used last are kept when their last model goes: the next one finds its sessions
/// made.</summary>
public sealed class ArchitectureTable : IDisposable
{
    // They are not part of the memory budget.
    private const int MostUnused = 4;

    private readonly Dictionary<ArchitectureGraph, Architecture> _architectures = [];
    private readonly List<Architecture> _unused = [];
    private readonly Lock _change = new();

    /// <summary>What the graphs of models were found to be.</summary>
    public PlanTable Plans { get; } = new();

    /// <summary>The architecture of a graph, in use until <see cref="Return"/> is called.</summary>
    /// <param name="reserve">Reserves bytes for its sessions, unless other models use it. May wait for a promotion.</param>
    internal Result<Architecture> Acquire(OrtEnvironment environment, ArchitectureGraph graph, Func<long, Result<MemoryReservation>> reserve)
    {
        if (TryUse(environment, graph, memory: null) is { } used) return used;
        // Not in the lock, which promotions take too.
        if (!reserve(Architecture.MemoryOf(graph)).TryGet(out MemoryReservation? memory, out InferenceError? refused)) return refused;
        return TryUse(environment, graph, memory)!;
    }

    /// <summary>Ends a use.</summary>
    internal void Return(Architecture architecture)
    {
        Architecture? dropped = null;
        MemoryReservation? memory;
        lock (_change)
        {
            if (--architecture.Users > 0) return;
            (memory, architecture.Memory) = (architecture.Memory, null);
            _unused.Add(architecture);
            if (_unused.Count > MostUnused)
            {
                dropped = _unused[0];
                _unused.RemoveAt(0);
                _architectures.Remove(dropped.Graph);
            }
        }

        memory!.Dispose();
        dropped?.Dispose();
    }

    /// <summary>Closes the sessions that no model uses.</summary>
    public void Dispose()
    {
        lock (_change)
        {
            foreach (Architecture architecture in _unused)
            {
                _architectures.Remove(architecture.Graph);
                architecture.Dispose();
            }

            _unused.Clear();
        }
    }

    /// <param name="memory">For an architecture that no model uses; without it the result is null then.</param>
    private Architecture? TryUse(OrtEnvironment environment, ArchitectureGraph graph, MemoryReservation? memory)
    {
        Architecture? architecture;
        lock (_change)
        {
            _ = _architectures.TryGetValue(graph, out architecture);
            if (memory is null && (architecture is null or { Users: 0 })) return null;
            if (architecture is null) _architectures[graph] = architecture = new Architecture(environment, graph);
            if (architecture.Users++ == 0)
            {
                _unused.Remove(architecture);
                (architecture.Memory, memory) = (memory, null);
            }
        }

        memory?.Dispose();
        return architecture;
    }
}
