using Thaw.Inference.Memory;
using Thaw.Onnx.InPlace;
using Thaw.Onnx.Runtime;

namespace Thaw.Inference.Tiers;

/// <summary>
/// The sessions of one model, one after the other. Tier 0 reads the weights where they lie in the file: it is there at once, and each of
/// its runs packs them anew. Tier 1 has packed them: its runs take about half as long. A model whose weights cannot be read in place
/// starts with tier 1.
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

    /// <param name="environment">Where its sessions are made.</param>
    /// <param name="directory">The model's.</param>
    /// <param name="source">What tier 1 can be made of; null when the session is of tier 1 already.</param>
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

    /// <summary>Says why a session cannot take the place of the present one, or null. Set before the model is first used.</summary>
    public Func<OrtSession, string?> Check { get; set; } = static _ => "nothing to compare it with";

    /// <summary>Bytes of files that the session reads its weights from.</summary>
    public long MappedBytes { get; private set; }

    /// <summary>Bytes of the budget that the model takes.</summary>
    public long ReservedBytes => _memory.Bytes;

    /// <summary>Bytes of the budget that it took when it was loaded.</summary>
    public long SourceBytes { get; }

    /// <summary>What the promoter's cache knows the model by, once it was asked.</summary>
    public string? CacheKey { get; set; }

    /// <summary>Cancelled when the model is unloaded.</summary>
    public CancellationToken Closed => _closed.Token;

    /// <summary>Held while the model is promoted: an unload waits for its end, so that all memory is free when it is done.</summary>
    public Lock.Scope EnterPromotion() => _promotion.EnterScope();

    /// <summary>True once: for the one who then promotes the model.</summary>
    public bool TryClaimPromotion() => !Interlocked.Exchange(ref _isClaimed, true);

    /// <summary>Lets the promotion be claimed again.</summary>
    public void ReturnPromotion() => Volatile.Write(ref _isClaimed, false);

    /// <summary>False for a failure after the first.</summary>
    public bool TryClaimReport(string? failure) => failure is null || !Interlocked.Exchange(ref _isFailureReported, true);

    /// <summary>Holds the session of the moment for a run.</summary>
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
                // Another took its place since.
            }
        }
    }

    /// <summary>What tier 1 is made of, in the caller's hands; null when there is nothing left to promote.</summary>
    public InPlaceModel? Source
    {
        get
        {
            lock (_change) return _isClosed ? null : _source;
        }
    }

    /// <summary>Puts a packed session in the place of the present one, which closes when its last run ends. It belongs to this from here on,
    /// and is closed when the model is.</summary>
    /// <param name="memory">What the model takes from here on.</param>
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
        // First: who finds the model closed is to know why.
        _closed.Cancel();
        lock (_change)
        {
            if (_isClosed) return;
            _isClosed = true;
        }

        using (EnterPromotion())
        {
            // It breaks off within milliseconds, unless it is writing to the disk.
        }

        _session.Dispose();
        _source?.Dispose();
        _memory.Dispose();
    }
}
