using Thaw.Onnx.Architectures;
using Thaw.Onnx.Runtime;

namespace Thaw.Inference.Architectures;

/// <summary>The architectures of the loaded models. The ones used last are kept when their last model goes: the next one finds its sessions
/// made.</summary>
public sealed class ArchitectureTable : IDisposable
{
    // A session of BERT-base's graph takes about 1 MB.
    private const int MostUnused = 4;

    private readonly Dictionary<ArchitectureGraph, Architecture> _architectures = [];
    private readonly List<Architecture> _unused = [];
    private readonly Lock _change = new();

    /// <summary>What the graphs of models were found to be.</summary>
    public PlanTable Plans { get; } = new();

    /// <summary>The architecture of a graph, in use until <see cref="Return"/> is called.</summary>
    internal Architecture Acquire(OrtEnvironment environment, ArchitectureGraph graph)
    {
        lock (_change)
        {
            if (!_architectures.TryGetValue(graph, out Architecture? architecture))
                _architectures[graph] = architecture = new Architecture(environment, graph);
            if (architecture.Users++ == 0) _unused.Remove(architecture);
            return architecture;
        }
    }

    /// <summary>Ends a use.</summary>
    internal void Return(Architecture architecture)
    {
        Architecture? dropped = null;
        lock (_change)
        {
            if (--architecture.Users > 0) return;
            _unused.Add(architecture);
            if (_unused.Count > MostUnused)
            {
                dropped = _unused[0];
                _unused.RemoveAt(0);
                _architectures.Remove(dropped.Graph);
            }
        }

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
}
