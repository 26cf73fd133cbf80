using Thaw.Inference.Memory;
using Thaw.Onnx.Architectures;
using Thaw.Onnx.Runtime;

namespace Thaw.Inference.Architectures;

/// <summary>The architectures of the loaded models. The ones used last are kept when their last model goes: the next one finds its sessions
/// made.</summary>
/// <param name="plans">What the graphs of models were found to be.</param>
public sealed class ArchitectureTable(PlanTable plans) : IDisposable
{
    // They are not part of the memory budget.
    private const int MostUnused = 4;

    // As exported and laid out.
    private const int GraphsOfPlan = 2;

    private readonly Dictionary<ArchitectureGraph, Architecture> _architectures = [];
    private readonly List<Architecture> _unused = [];
    private readonly Lock _change = new();
    private bool _isDisposed;

    /// <summary>What the graphs of models were found to be.</summary>
    public PlanTable Plans => plans;

    /// <summary>Makes sessions of the architectures that were used last by earlier processes, so that this one's first loads find them.</summary>
    public void MakeLatest(OrtEnvironment environment)
    {
        foreach (ArchitectureGraph graph in plans.Latest(MostUnused / GraphsOfPlan))
        {
            Architecture architecture;
            lock (_change)
            {
                if (_isDisposed) return;
                if (_unused.Count == MostUnused || _architectures.ContainsKey(graph)) continue;
                _architectures[graph] = architecture = new Architecture(environment, graph);
                _unused.Add(architecture);
            }

            try
            {
                _ = architecture.SessionFor(RunShape.FirstRows, RunShape.FirstColumns);
            }
            catch (Exception exception) when (exception is ObjectDisposedException or OnnxRuntimeException)
            {
                // Others have been used since and have taken its place; or the next load of such a model says what is wrong.
            }
        }
    }

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
            _isDisposed = true;
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
