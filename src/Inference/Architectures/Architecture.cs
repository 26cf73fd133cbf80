using Thaw.Inference.Memory;
using Thaw.Onnx.Architectures;
using Thaw.Onnx.Runtime;

namespace Thaw.Inference.Architectures;

/// <summary>The sessions that all models of one architecture share. Each is made when it is first needed.</summary>
internal sealed class Architecture(OrtEnvironment environment, ArchitectureGraph graph) : IDisposable
{
    // A run that has all cores waits for its threads a hundred times, where only one of them has work: in a loop, because waking a thread takes
    // about as long as a small node. Loops end with the run, because the cores may have other work.
    private static readonly SessionSettings AllCores = new()
    {
        Optimization = GraphOptimization.None,
        Prepacking = false,
        Config = [new("session.intra_op.spin_duration_us", "1000"), new("session.force_spinning_stop", "1")],
    };

    private static readonly SessionSettings OneCore = AllCores with { OwnThreads = 1, Config = [] };

    // On machines with more cores than this, the threads of all architectures would be thousands, so sessions share the environment's.
    private const int MostOwnThreads = 16;

    // A session's objects beside its graph, which is in memory as it is given to ONNX Runtime, as parsed, and as the session's: BERT-base's takes 1.2 MB.
    private const long SessionBytes = 1 << 20;
    private const int GraphCopies = 3;

    private readonly Lock _making = new();
    private readonly OrtSession?[] _sessions = new OrtSession?[4];
    private readonly bool[] _isMaking = new bool[2];
    private bool _isDisposed;

    public ArchitectureGraph Graph => graph;

    /// <summary>Number of models that use it; the table's.</summary>
    public int Users { get; set; }

    /// <summary>What its users have reserved for it; null if there are none; the table's.</summary>
    public MemoryReservation? Memory { get; set; }

    /// <summary>Private memory of the sessions of a graph, in bytes.</summary>
    public static long MemoryOf(ArchitectureGraph graph) =>
        2 * (((graph.Turned.IsEmpty ? 1 : 2) * SessionBytes) + (GraphCopies * (graph.Model.Length + graph.Turned.Length)));

    /// <summary>The session for a run of this shape.</summary>
    /// <param name="hasAllCores">Whether the run should use all cores. Other sessions use the caller's thread alone; the first run that asks for such
    /// a one does not wait until it is made, and uses all cores.</param>
    /// <exception cref="OnnxRuntimeException">ONNX Runtime cannot make it.</exception>
    /// <exception cref="ObjectDisposedException">No model uses it any more.</exception>
    public OrtSession SessionFor(int rows, int columns, bool hasAllCores = true)
    {
        bool turned = !graph.Turned.IsEmpty && RunShape.FavorsTurned(rows, columns);
        if (!hasAllCores && environment.Threads > 1)
        {
            if (Made(turned, hasAllCores) is { } made) return made;
            if (!Interlocked.Exchange(ref _isMaking[turned ? 1 : 0], true)) Task.Run(() => TryMake(turned, hasAllCores));
        }

        return Session(turned);
    }

    /// <summary>The session that computes products turned around, or the straight one, on all cores.</summary>
    /// <inheritdoc cref="SessionFor"/>
    internal OrtSession Session(bool turned) => Made(turned, hasAllCores: true) ?? Make(turned, hasAllCores: true);

    /// <summary>The session, if <see cref="SessionFor"/> has made it.</summary>
    internal OrtSession? Made(bool turned, bool hasAllCores) => Volatile.Read(ref _sessions[Index(turned, hasAllCores)]);

    public void Dispose()
    {
        lock (_making)
        {
            _isDisposed = true;
            foreach (OrtSession? session in _sessions) session?.Dispose();
        }
    }

    private static int Index(bool turned, bool hasAllCores) => (turned ? 1 : 0) + (hasAllCores ? 0 : 2);

    private void TryMake(bool turned, bool hasAllCores)
    {
        try
        {
            Make(turned, hasAllCores);
        }
        catch (Exception exception) when (exception is ObjectDisposedException or OnnxRuntimeException)
        {
            // Runs go on with all cores.
        }
    }

    private OrtSession Make(bool turned, bool hasAllCores)
    {
        lock (_making)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            ref OrtSession? session = ref _sessions[Index(turned, hasAllCores)];
            SessionSettings settings = hasAllCores ? AllCores with { OwnThreads = environment.Threads <= MostOwnThreads ? environment.Threads : 0 } : OneCore;
            if (session is null) Volatile.Write(ref session, OrtSession.Load(environment, (turned ? graph.Turned : graph.Model).Span, settings));
            return session!;
        }
    }
}
