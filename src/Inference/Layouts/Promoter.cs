using System.Collections.Concurrent;
using System.Diagnostics;
using Thaw.Inference.Architectures;
using Thaw.Inference.Memory;
using Thaw.Onnx.Architectures;
using Thaw.Onnx.InPlace;
using Thaw.Onnx.Linux;
using Thaw.Onnx.Runtime;

namespace Thaw.Inference.Layouts;

/// <summary>
/// Gives models that are used often the weights that run fastest: one model at a time, on a thread of low priority, starting when no model is
/// being loaded. Requests never wait for it. For a shared session the weights are laid out in the store; a quantized model, and one with a session of
/// its own, gets a session with packed ones.
/// </summary>
public sealed class Promoter : IDisposable
{
    // A load takes tens of milliseconds, a promotion hundreds.
    private const int LookMilliseconds = 5;
    private const int MaxLooks = 100;

    private const string Unloaded = "it is unloaded";

    private readonly MemoryBudget _budget;
    private readonly ArchitectureTable _architectures;
    private readonly Lazy<LayoutStore?> _store;
    private readonly Action<PromotionResult> _report;
    private readonly BlockingCollection<ModelWeights> _due = [];
    private readonly CancellationTokenSource _stopping = new();
    private readonly Lock _starting = new();
    private readonly Lock _working = new();
    private CancellationTokenSource? _current;
    private Thread? _thread;
    private int _loads;

    /// <param name="report">Called on the promoter's thread; for failures only once per model.</param>
    /// <param name="store">The store for laid-out weights; null if there is none.</param>
    public Promoter(MemoryBudget budget, PromotionRule rule, ArchitectureTable architectures, Lazy<LayoutStore?> store, Action<PromotionResult> report)
    {
        _budget = budget;
        Rule = rule;
        _architectures = architectures;
        _store = store;
        _report = report;
    }

    public PromotionRule Rule { get; }

    /// <summary>Delays the start of promotions until it is disposed.</summary>
    internal LoadMark BeginLoad()
    {
        Interlocked.Increment(ref _loads);
        return new LoadMark(this);
    }

    /// <summary>Cancels a running promotion for a load that needs its memory. It is tried again when the model is used again.</summary>
    /// <returns>False if none was running.</returns>
    internal bool TryYield()
    {
        if (Volatile.Read(ref _current) is not { } current) return false;
        try
        {
            current.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // It has just ended on its own.
        }

        lock (_working) return true;
    }

    /// <summary>Queues the promotion of a model, unless it is already queued or done.</summary>
    internal void Propose(ModelWeights model)
    {
        if (!model.TryClaimPromotion()) return;
        lock (_starting)
        {
            if (_stopping.IsCancellationRequested) return;
            _due.Add(model);
            if (_thread is not null) return;
            _thread = new Thread(Work) { Name = "thaw-promote", IsBackground = true };
            _thread.Start();
        }
    }

    /// <summary>Cancels a running promotion and ends the thread.</summary>
    public void Dispose()
    {
        lock (_starting)
        {
            if (_stopping.IsCancellationRequested) return;
            _stopping.Cancel();
        }

        _thread?.Join();
        _due.Dispose();
    }

    private void Work()
    {
        NativeThread.LowerPriority();
        try
        {
            foreach (ModelWeights model in _due.GetConsumingEnumerable(_stopping.Token))
            {
                WaitForLoads();
                Promote(model);
            }
        }
        catch (OperationCanceledException)
        {
            // The server is stopping.
        }
    }

    /// <summary>Waits for half a second at most: if loads follow each other without a break, promotions run beside them.</summary>
    private void WaitForLoads()
    {
        for (int looks = 0; looks < MaxLooks && Volatile.Read(ref _loads) > 0; looks++) _stopping.Token.WaitHandle.WaitOne(LookMilliseconds);
    }

    private void Promote(ModelWeights model)
    {
        long start = Stopwatch.GetTimestamp();
        string? failure;
        using var cancellation = CancellationTokenSource.CreateLinkedTokenSource(_stopping.Token, model.Closed);
        try
        {
            using Lock.Scope working = _working.EnterScope(), promotion = model.EnterPromotion();
            Volatile.Write(ref _current, cancellation);
            failure = TryPromote(model, cancellation.Token);
        }
        // Whatever it is, the model answers as before, and the server goes on.
        catch (Exception exception)
        {
            // There may be room at a later invocation.
            if (exception is SystemLimitException) model.ReturnPromotion();
            failure = exception.Message;
        }
        finally
        {
            Volatile.Write(ref _current, null);
        }

        // Don't report promotions abandoned for an unload or a load.
        if (failure is not null && cancellation.IsCancellationRequested) model.ReturnPromotion();
        else if (model.TryClaimReport(failure))
            _report(new PromotionResult(model.Directory, model.Form, Stopwatch.GetElapsedTime(start), model.ReservedBytes, failure));
    }

    /// <returns>Why it failed, or null.</returns>
    private string? TryPromote(ModelWeights model, CancellationToken cancellation) => model.Source switch
    {
        { Shared: { IsQuantized: true, IsWidened: false } shared } => TryPack(model, shared, cancellation),
        { Shared: { } shared } => TryLayOut(model, shared, cancellation),
        { Own: { } own } => TryPack(model, own, model.ReservedBytes, cancellation),
        _ => Unloaded,
    };

    private string? TryLayOut(ModelWeights model, SharedModel shared, CancellationToken cancellation)
    {
        if (shared.LaidOut is not { } graph) return "its weights are laid out already";
        if (_store.Value is not { } store) return "there is no cache directory for laid-out weights";
        if (LayoutSource.TryFindOrWrite(store, shared, out string? reason, cancellation) is not { } entry) return reason;
        if (!_architectures.Acquire(model.Environment, graph, Reserve).TryGet(out Architecture? architecture, out InferenceError? refused))
        {
            // There may be room at a later invocation.
            model.ReturnPromotion();
            return refused.Message;
        }

        WeightBinding? binding = null;
        bool handedOver = false;
        try
        {
            if (shared.TryMapLaidOut(entry.Path, out ReadAhead? ahead) is not { } weights) return "its laid-out weights were removed";
            binding = new WeightBinding(_architectures, architecture, weights);
            ahead!.Run();
            if (model.Check(binding) is { } different)
            {
                store.Remove(entry);
                return different;
            }

            handedOver = true;
            return model.TryPromote(binding, WeightForm.LaidOut, memory: null) ? null : Unloaded;
        }
        finally
        {
            if (binding is null) _architectures.Return(architecture);
            else if (!handedOver) binding.Dispose();
        }
    }

    private Result<MemoryReservation> Reserve(long bytes) => _budget.TryReserve(bytes) is { } memory
        ? memory
        : new InferenceError(
            InferenceErrorKind.OverMemoryLimit,
            $"its sessions need {bytes >> 20} MiB, which would exceed the memory limit; it is tried again while the model is in use");

    private string? TryPack(ModelWeights model, SharedModel shared, CancellationToken cancellation)
    {
        using InPlaceModel? source = InPlaceModel.TryOpen(shared.Path, out string? reason);
        if (source is null) return reason;
        if (shared.IsChanged()) return "its file was replaced or modified since it was loaded";
        return TryPack(model, source, source.SessionBytes, cancellation);
    }

    /// <param name="sessionBytes">What the session takes beside the packed weights.</param>
    private string? TryPack(ModelWeights model, InPlaceModel source, long sessionBytes, CancellationToken cancellation)
    {
        long needed = sessionBytes + source.PackedBytes;
        MemoryReservation? memory = _budget.TryReserve(needed);
        if (memory is null)
        {
            // There may be room at a later invocation.
            model.ReturnPromotion();
            return $"packing needs {needed >> 20} MiB, which would exceed the memory limit; it is tried again while the model is in use";
        }

        WeightBinding? binding = null;
        bool handedOver = false;
        try
        {
            if (source.TryLoad(model.Environment, new SessionSettings(), out string? refused, cancellation) is not { } packed) return refused;
            binding = new WeightBinding(packed);
            if (model.Check(binding) is { } different) return different;
            handedOver = true;
            return model.TryPromote(binding, WeightForm.Packed, memory) ? null : Unloaded;
        }
        finally
        {
            if (!handedOver)
            {
                binding?.Dispose();
                memory.Dispose();
                model.Environment.TrimMemory();
            }
        }
    }

    /// <summary>A load in progress.</summary>
    internal readonly struct LoadMark(Promoter promoter) : IDisposable
    {
        public void Dispose() => Interlocked.Decrement(ref promoter._loads);
    }
}
