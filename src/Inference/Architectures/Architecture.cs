using Thaw.Inference.Memory;
using Thaw.Onnx.Architectures;
using Thaw.Onnx.Runtime;

namespace Thaw.Inference.Architectures;

/// <summary>The sessions that all models of one architecture share. Each is made when it is first needed.</summary>
internal sealed class Architecture(OrtEnvironment environment, ArchitectureGraph graph) : IDisposable
{
    private static readonly SessionSettings Settings = new() { Optimization = GraphOptimization.None, Prepacking = false };

    // A session's objects beside its graph, which is in memory as it is given to ONNX Runtime, as parsed, and as the session's: BERT-base's takes 1.2 MB.
    private const long SessionBytes = 1 << 20;
    private const int GraphCopies = 3;

    private readonly Lock _making = new();
    private OrtSession? _straight, _turned;
    private bool _isDisposed;

    public ArchitectureGraph Graph => graph;

    /// <summary>Number of models that use it; the table's.</summary>
    public int Users { get; set; }

    /// <summary>What its users have reserved for it; null if there are none; the table's.</summary>
    public MemoryReservation? Memory { get; set; }

    /// <summary>Private memory of the sessions of a graph, in bytes.</summary>
    public static long MemoryOf(ArchitectureGraph graph) =>
        ((graph.Turned.IsEmpty ? 1 : 2) * SessionBytes) + (GraphCopies * (graph.Model.Length + graph.Turned.Length));

    /// <summary>The session for runs of this shape.</summary>
    /// <exception cref="OnnxRuntimeException">ONNX Runtime cannot make it.</exception>
    /// <exception cref="ObjectDisposedException">No model uses it any more.</exception>
    public OrtSession SessionFor(int rows, int columns) => Session(Turns(rows, columns));

    /// <summary>The session that computes products turned around, or the straight one.</summary>
    /// <inheritdoc cref="SessionFor"/>
    internal OrtSession Session(bool turned) => Volatile.Read(ref turned ? ref _turned : ref _straight) ?? Make(turned);

    /// <summary>Whether <see cref="SessionFor"/> has made it.</summary>
    internal bool HasSessionFor(int rows, int columns) => Volatile.Read(ref Turns(rows, columns) ? ref _turned : ref _straight) is not null;

    public void Dispose()
    {
        lock (_making)
        {
            _isDisposed = true;
            _straight?.Dispose();
            _turned?.Dispose();
        }
    }

    private bool Turns(int rows, int columns) => !graph.Turned.IsEmpty && RunShape.FavorsTurned(rows, columns);

    private OrtSession Make(bool turned)
    {
        lock (_making)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            ref OrtSession? session = ref turned ? ref _turned : ref _straight;
            if (session is null) Volatile.Write(ref session, OrtSession.Load(environment, (turned ? graph.Turned : graph.Model).Span, Settings));
            return session!;
        }
    }
}
