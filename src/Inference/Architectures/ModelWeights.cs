using Thaw.Inference.Memory;
using Thaw.Onnx.Runtime;

namespace Thaw.Inference.Architectures;

/// <summary>
/// The current weights of a model and what runs them, which can be replaced once: a model starts with what is ready at once, and gets faster ones
/// when it is used often.
/// </summary>
internal sealed class ModelWeights : IDisposable
{
    private readonly Lock _change = new();
    private readonly Lock _promotion = new();
    private readonly CancellationTokenSource _closed = new();
    private readonly WeightSource _source;
    private readonly long _sourceBytes;
    private WeightBinding _binding;
    private MemoryReservation _memory;
    private bool _isClosed;
    private bool _isClaimed;
    private bool _isFailureReported;

    /// <param name="environment">The environment of its sessions.</param>
    /// <param name="directory">The model's directory.</param>
    /// <param name="source">What better weights can be made from; owned by this object.</param>
    public ModelWeights(OrtEnvironment environment, string directory, WeightBinding binding, WeightForm form, WeightSource source, MemoryReservation memory)
    {
        Environment = environment;
        Directory = directory;
        Form = form;
        _binding = binding;
        _source = source;
        _sourceBytes = source.MappedBytes;
        _memory = memory;
    }

    public OrtEnvironment Environment { get; }

    public string Directory { get; }

    public WeightForm Form { get; private set; }

    /// <summary>Returns why other weights cannot replace the current ones, or null. Set before the model is first used.</summary>
    public Func<WeightBinding, string?> Check { get; set; } = static _ => "there is nothing to compare it with";

    /// <summary>Whether its sessions are those of its architecture.</summary>
    public bool IsShared => _binding.Weights is not null;

    /// <summary>Bytes of the files that the weights are read from.</summary>
    public long MappedBytes => _binding.Weights?.MappedBytes ?? _sourceBytes;

    /// <summary>Bytes of the kernel's page tables for these files; null if the system cannot tell.</summary>
    public long? PageTableBytes
    {
        get
        {
            try
            {
                // A session with packed weights keeps the mapping to itself.
                return Mapped is { } mapped ? mapped.PageTableBytes : Form == WeightForm.Packed && _sourceBytes > 0 ? null : 0;
            }
            catch (ObjectDisposedException)
            {
                // Just replaced. The next ones have hardly any yet.
                return 0;
            }
        }
    }

    /// <summary>Bytes that the model has reserved in the budget.</summary>
    public long ReservedBytes => _memory.Bytes;

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

    /// <summary>Keeps the current weights, and a session for a run of this shape, open for the run.</summary>
    /// <exception cref="OnnxRuntimeException">ONNX Runtime cannot make the session.</exception>
    /// <inheritdoc cref="Architecture.SessionFor"/>
    public SessionUse Use(int rows, int columns, bool hasAllCores = true)
    {
        while (true)
        {
            WeightBinding binding = Volatile.Read(ref _binding);
            try
            {
                return binding.Use(rows, columns, hasAllCores);
            }
            catch (ObjectDisposedException) when (binding != Volatile.Read(ref _binding))
            {
                // It was replaced meanwhile.
            }
        }
    }

    /// <summary>What better weights are made from; null if there is nothing to promote any more.</summary>
    public WeightSource? Source
    {
        get
        {
            lock (_change) return _isClosed || Form != WeightForm.Exported ? null : _source;
        }
    }

    /// <summary>Gives the page tables of its files back to the system. Runs may be under way; they bring back those that they need.</summary>
    public void ReleasePageTables()
    {
        try
        {
            Mapped?.ReleasePageTables();
        }
        catch (ObjectDisposedException)
        {
            // Just replaced.
        }
    }

    /// <summary>Replaces the current weights, which are closed when their last run ends.</summary>
    /// <param name="better">Owned by this object from now on, and closed if the model is closed.</param>
    /// <param name="memory">The model's reservation from now on; null to keep the present one, without what the old weights' copies need.</param>
    /// <returns>False if the model was closed before.</returns>
    public bool TryPromote(WeightBinding better, WeightForm form, MemoryReservation? memory)
    {
        WeightBinding old = better;
        MemoryReservation? oldMemory = memory;
        lock (_change)
        {
            if (!_isClosed)
            {
                old = _binding;
                Volatile.Write(ref _binding, better);
                Form = form;
                if (memory is not null) (oldMemory, _memory) = (_memory, memory);
                else _memory.Settle(_memory.Bytes - CopiedBytesOf(old) + CopiedBytesOf(better));
            }
        }

        if (old != better)
        {
            // The old weights' page tables are larger than everything else that a model has in memory.
            _source.ReleasePageTables();
            _source.Dispose();
        }

        old.Dispose();
        oldMemory?.Dispose();
        return old != better;
    }

    private static long CopiedBytesOf(WeightBinding binding) => binding.Weights?.CopiedBytes ?? 0;

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

        _binding.Dispose();
        _source.Dispose();
        _memory.Dispose();
    }

    private MappedWeights? Mapped => Volatile.Read(ref _binding).Weights ?? _source.Own?.Weights;
}
