using System.Collections.Concurrent;
using System.Diagnostics;
using Thaw.Inference.Caching;
using Thaw.Inference.Memory;
using Thaw.Onnx.InPlace;
using Thaw.Onnx.Linux;
using Thaw.Onnx.Runtime;

namespace Thaw.Inference.Tiers;

/// <summary>
/// Creates packed sessions for models that are used often: one at a time, on a thread of low priority, starting when no model
/// is being loaded. Requests never wait for it.
/// </summary>
public sealed class Promoter : IDisposable
{
    // A load takes tens of milliseconds, a promotion hundreds.
    private const int LookMilliseconds = 5;
    private const int MaxLooks = 100;

    private readonly MemoryBudget _budget;
    private readonly Lazy<PackedCache?> _openCache;
    private readonly Action<PromotionResult> _report;
    private readonly BlockingCollection<ModelSessions> _due = [];
    private readonly CancellationTokenSource _stopping = new();
    private readonly Lock _starting = new();
    private readonly Lock _working = new();
    private CancellationTokenSource? _current;
    private Thread? _thread;
    private int _loads;

    /// <param name="report">Called on the promoter's thread; for failures only once per model.</param>
    /// <param name="openCache">Returns the cache for packed weights, or null to keep them in memory; called before the first promotion.</param>
    public Promoter(MemoryBudget budget, PromotionRule rule, Func<PackedCache?> openCache, Action<PromotionResult> report)
    {
        _budget = budget;
        Rule = rule;
        _openCache = new Lazy<PackedCache?>(openCache);
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
    internal void Propose(ModelSessions model)
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
            foreach (ModelSessions model in _due.GetConsumingEnumerable(_stopping.Token))
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

    private void Promote(ModelSessions model)
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
        catch (Exception exception) when (exception is OnnxRuntimeException or OperationCanceledException or ObjectDisposedException or OutOfMemoryException)
        {
            failure = exception.Message;
        }
        finally
        {
            Volatile.Write(ref _current, null);
        }

        // Don't report promotions abandoned for an unload or a load.
        if (cancellation.IsCancellationRequested) model.ReturnPromotion();
        else if (model.TryClaimReport(failure)) _report(new PromotionResult(model.Directory, Stopwatch.GetElapsedTime(start), model.ReservedBytes, failure));
    }

    /// <returns>Why it failed, or null.</returns>
    private string? TryPromote(ModelSessions model, CancellationToken cancellation)
    {
        if (model.Source is not { } source) return "it is unloaded";
        if (_openCache.Value is not { } cache) return TryPack(model, source, new SessionSettings(), cancellation);
        // The key is kept: it takes a pass over the whole model, and there can be many attempts if memory is short.
        string key = model.CacheKey ??= cache.KeyOf(source, cancellation);
        if (TryTake(cache, key, model, cancellation)) return null;
        using CacheDraft? draft = cache.TryBegin(source);
        // If the entry does not fit into the cache or cannot be written, pack in memory only.
        string? failure = TryPack(model, source, draft?.Settings ?? new SessionSettings(), cancellation);
        if (failure is not null && draft is not null && !cancellation.IsCancellationRequested)
            return TryPack(model, source, new SessionSettings(), cancellation);
        // Load it again from the cache: mapped, it takes no private memory.
        if (failure is null && draft is not null && cache.TryPublish(draft, key, cancellation)) TryTake(cache, key, model, cancellation);
        return failure;
    }

    private bool TryTake(PackedCache cache, string key, ModelSessions model, CancellationToken cancellation)
    {
        // A mapped session takes no more memory than the session in tier 0.
        MemoryReservation? memory = _budget.TryReserve(model.SourceBytes);
        if (memory is null) return false;
        OrtSession? cached = null;
        bool handedOver = false;
        try
        {
            cached = cache.TryLoad(key, model.Environment, out long mappedBytes, cancellation);
            if (cached is null) return false;
            if (model.Check(cached) is not null)
            {
                cache.Remove(key, cached);
                return false;
            }

            handedOver = true;
            model.Promote(cached, memory, mappedBytes);
            return true;
        }
        finally
        {
            if (!handedOver)
            {
                cached?.Dispose();
                memory.Dispose();
            }

            if (cached is not null) model.Environment.TrimMemory();
        }
    }

    private string? TryPack(ModelSessions model, InPlaceModel source, SessionSettings settings, CancellationToken cancellation)
    {
        long needed = model.ReservedBytes + source.PackedBytes;
        MemoryReservation? memory = _budget.TryReserve(needed);
        if (memory is null)
        {
            // There may be room at a later invocation.
            model.ReturnPromotion();
            return $"packing needs {needed >> 20} MiB, which would exceed the memory limit; it is tried again while the model is in use";
        }

        OrtSession? packed = null;
        bool handedOver = false;
        try
        {
            packed = source.TryLoad(model.Environment, settings, out string? refused, cancellation);
            if (packed is null) return refused;
            if (model.Check(packed) is { } different) return different;
            handedOver = true;
            model.Promote(packed, memory, source.MappedBytes);
            return null;
        }
        finally
        {
            if (!handedOver)
            {
                packed?.Dispose();
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
