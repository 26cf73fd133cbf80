using Thaw.Inference.Memory;
using Thaw.Onnx.InPlace;
using Thaw.Onnx.Runtime;

namespace Thaw.Inference.Tiers;

/// <summary>
/// The current session of a model, which can be replaced. Tier 0 reads the weights in place from the file: it is ready at once, but each run
/// packs them again. Tier 1 has packed weights: its runs take about half as long. A model whose weights cannot be read in place starts in tier 1.
/// </summary>
internal sealed class ModelSessions : IDisposable
{
    private readonly Lock _change = new();
    private readonly Lock _promotion = new();
    private readonly CancellationTokenSource _closed = new();
    private InPlaceModel? _source;
    private OrtSession _session;
    private MemoryReservation _memory;
    private bool _isClosed;
    private bool _isClaimed;
    private bool _isFailureReported;

    /// <param name="environment">The environment of its sessions.</param>
    /// <param name="directory">The model's directory.</param>
    /// <param name="source">What tier 1 can be made from; null if the session is already in tier 1.</param>
    public ModelSessions(OrtEnvironment environment, string directory, OrtSession session, InPlaceModel? source, MemoryReservation memory)
    {
        Environment = environment;
        Directory = directory;
        _session = session;
        _source = source;
        _memory = memory;
        MappedBytes = source?.MappedBytes ?? 0;
        SourceBytes = memory.Bytes;
    }

    public OrtEnvironment Environment { get; }

    public string Directory { get; }

    public int Tier => _source is null ? 1 : 0;

    /// <summary>Returns why a session cannot replace the current one, or null. Set before the model is first used.</summary>
    public Func<OrtSession, string?> Check { get; set; } = static _ => "there is nothing to compare it with";

    /// <summary>Bytes of the files that the session reads its weights from.</summary>
    public long MappedBytes { get; private set; }

    /// <summary>Bytes that the model has reserved in the budget.</summary>
    public long ReservedBytes => _memory.Bytes;

    /// <summary>Bytes that it had reserved when it was loaded.</summary>
    public long SourceBytes { get; }

    /// <summary>The model's key in the promoter's cache, once it is computed.</summary>
    public string? CacheKey { get; set; }

    /// <summary>Cancelled when the model is unloaded.</summary>
    public CancellationToken Closed => _closed.Token;

    /// <summary>Entered while the model is promoted. An unload waits for it, so that all memory is freed when the unload is done.</summary>
    public Lock.Scope EnterPromotion() => _promotion.EnterScope();

    /// <summary>True for the first caller, which then promotes the model.</summary>
    public bool TryClaimPromotion() => !Interlocked.Exchange(ref _isClaimed, true);

    /// <summary>Lets the promotion be claimed again.</summary>
    public void ReturnPromotion() => Volatile.Write(ref _isClaimed, false);

    /// <summary>False for a failure after the first.</summary>
    public bool TryClaimReport(string? failure) => failure is null || !Interlocked.Exchange(ref _isFailureReported, true);

    /// <summary>Keeps the current session open for a run.</summary>
    public SessionUse Use()
    {
        while (true)
        {
            OrtSession session = Volatile.Read(ref _session);
            try
            {
                return new SessionUse(session);
            }
            catch (ObjectDisposedException) when (session != Volatile.Read(ref _session))
            {
                // It was replaced meanwhile.
            }
        }
    }

    /// <summary>What tier 1 is made from; null if there is nothing to promote any more.</summary>
    public InPlaceModel? Source
    {
        get
        {
            lock (_change) return _isClosed ? null : _source;
        }
    }

    /// <summary>Replaces the current session, which closes when its last run ends.</summary>
    /// <param name="packed">Owned by this object from now on, and closed if the model is closed.</param>
    /// <param name="memory">The model's reservation from now on.</param>
    public void Promote(OrtSession packed, MemoryReservation memory, long mappedBytes)
    {
        OrtSession old = packed;
        MemoryReservation oldMemory = memory;
        InPlaceModel? source = null;
        lock (_change)
        {
            if (!_isClosed)
            {
                (old, oldMemory, source) = (_session, _memory, _source);
                Volatile.Write(ref _session, packed);
                (_memory, _source, MappedBytes) = (memory, null, mappedBytes);
            }
        }

        old.Dispose();
        source?.Dispose();
        oldMemory.Dispose();
    }

    public void Dispose()
    {
        // First, so that a promotion that finds the model closed also finds the reason.
        _closed.Cancel();
        lock (_change)
        {
            if (_isClosed) return;
            _isClosed = true;
        }

        using (EnterPromotion())
        {
            // Waits for a running promotion. It stops within milliseconds, unless it is writing to the disk.
        }

        _session.Dispose();
        _source?.Dispose();
        _memory.Dispose();
    }
}
