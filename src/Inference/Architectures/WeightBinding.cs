using Thaw.Onnx.Runtime;

namespace Thaw.Inference.Architectures;

/// <summary>What runs a model: weights and the shared sessions that read them, or a session of its own. Immutable.</summary>
internal sealed class WeightBinding : IDisposable
{
    private readonly ArchitectureTable? _table;
    private readonly Architecture? _architecture;
    private readonly MappedWeights? _weights;
    private readonly OrtSession? _session;

    /// <param name="architecture">Returned to the table when this is disposed.</param>
    /// <param name="weights">Owned by this object.</param>
    public WeightBinding(ArchitectureTable table, Architecture architecture, MappedWeights weights) =>
        (_table, _architecture, _weights) = (table, architecture, weights);

    /// <param name="session">Owned by this object.</param>
    public WeightBinding(OrtSession session) => _session = session;

    /// <summary>The model's weights, if its session is shared.</summary>
    public MappedWeights? Weights => _weights;

    /// <summary>Keeps the weights and a session for a run of this shape open until the use is disposed.</summary>
    /// <exception cref="ObjectDisposedException">This is disposed.</exception>
    /// <exception cref="OnnxRuntimeException">ONNX Runtime cannot make the session.</exception>
    /// <inheritdoc cref="Architecture.SessionFor"/>
    public SessionUse Use(int rows, int columns, bool hasAllCores = true) =>
        new(_session ?? _architecture!.SessionFor(rows, columns, hasAllCores), _weights);

    public void Dispose()
    {
        _weights?.Dispose();
        _session?.Dispose();
        if (_architecture is not null) _table!.Return(_architecture);
    }
}
