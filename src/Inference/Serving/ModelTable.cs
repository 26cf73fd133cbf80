using System.Collections.Concurrent;
using Thaw.Inference.Files;

namespace Thaw.Inference.Serving;

/// <summary>
/// The models by name. Reads take no lock; no lock is held over a load, a run or an unload.
/// </summary>
/// <param name="load">Turns a directory into a model; runs on <paramref name="loads"/>.</param>
public sealed class ModelTable<TModel>(Func<string, ModelSettings, Result<TModel>> load, WorkerPool loads) where TModel : class, IDisposable
{
    private readonly ConcurrentDictionary<string, ModelSlot<TModel>> _slots = new(StringComparer.Ordinal);

    /// <summary>
    /// Loads a model, and returns a lease on it when it is ready. The load continues even if the client gives up: when it tries again, the model is
    /// loaded.
    /// </summary>
    /// <param name="path">Passed to the loader.</param>
    /// <param name="settings">Passed to the loader; null for none.</param>
    public async Task<Result<ModelLease<TModel>>> LoadAsync(string name, string path, ModelSettings? settings = null)
    {
        var slot = new ModelSlot<TModel>(name, path) { Remove = Remove };
        while (true)
        {
            ModelSlot<TModel> present = _slots.GetOrAdd(name, slot);
            if (ReferenceEquals(present, slot)) break;
            if (present.State is SlotState.Loading or SlotState.Ready)
            {
                string state = present.State == SlotState.Ready ? "loaded" : "being loaded";
                return new InferenceError(InferenceErrorKind.ModelExists, $"The model '{name}' is already {state}.");
            }

            await present.Closed;
        }

        Result<TModel> result;
        try
        {
            result = await loads.RunAsync(() => load(path, settings ?? new ModelSettings()));
        }
        catch (Exception exception)
        {
            slot.Fail(new InferenceError(InferenceErrorKind.Failed, $"Loading '{name}' failed: {exception.Message}"));
            throw;
        }

        if (result.TryGet(out TModel? model, out InferenceError? error)) return slot.Publish(model);
        slot.Fail(error);
        return error;
    }

    /// <summary>Whether no model is loaded or being loaded.</summary>
    public bool IsEmpty => _slots.IsEmpty;

    /// <summary>Whether a model of that name is loaded, being loaded or being unloaded. That can change at any time.</summary>
    public bool Contains(string name) => _slots.ContainsKey(name);

    /// <summary>A lease on a model that is ready now.</summary>
    public Result<ModelLease<TModel>> TryAcquire(string name) =>
        _slots.TryGetValue(name, out ModelSlot<TModel>? slot) && slot.TryLease()
            ? new ModelLease<TModel>(slot)
            : NotLoaded(name);

    /// <summary>A lease on a model. Waits for a load in progress, and never starts one.</summary>
    public async ValueTask<Result<ModelLease<TModel>>> AcquireAsync(string name, CancellationToken cancellation)
    {
        while (_slots.TryGetValue(name, out ModelSlot<TModel>? slot))
        {
            if (slot.TryLease()) return new ModelLease<TModel>(slot);
            // If it is Ready here, it became so after the attempt, and the next attempt succeeds.
            if (slot.State is SlotState.Draining or SlotState.Gone) break;
            if (await slot.Loaded.WaitAsync(cancellation) is { } error)
                return new InferenceError(InferenceErrorKind.ModelNotFound, $"The model '{name}' is not loaded because its load failed: {error.Message}");
        }

        return NotLoaded(name);
    }

    /// <summary>Unloads a model; completes when the last lease is returned and its memory is freed.</summary>
    public async Task<InferenceError?> UnloadAsync(string name)
    {
        while (_slots.TryGetValue(name, out ModelSlot<TModel>? slot))
        {
            if (slot.TryDrain())
            {
                await slot.Closed;
                return null;
            }

            // Another call is unloading it. If a model is then loaded under this name, it is not the one that this call meant.
            if (slot.State is SlotState.Draining or SlotState.Gone)
            {
                await slot.Closed;
                break;
            }

            // Loading, or Ready since the attempt: try again once it is ready.
            if (await slot.Loaded is not null) break;
        }

        return NotLoaded(name);
    }

    /// <summary>Calls this for each ready model that nothing uses at that moment, until it returns false. An unload of that model waits for it, a use
    /// does not.</summary>
    internal void ForUnused(Func<TModel, bool> action)
    {
        foreach ((_, ModelSlot<TModel> slot) in _slots)
        {
            if (slot.Leases > 0 || !slot.TryLease()) continue;
            using var lease = new ModelLease<TModel>(slot);
            if (!action(lease.Model)) return;
        }
    }

    /// <summary>Ready models ordered by name, starting with the first name after <paramref name="after"/>.</summary>
    public ModelPage List(string? after, int limit)
    {
        List<ModelEntry> ready = [];
        foreach ((string name, ModelSlot<TModel> slot) in _slots)
        {
            if (slot.State == SlotState.Ready && string.CompareOrdinal(name, after) > 0) ready.Add(new ModelEntry(name, slot.Path));
        }

        ready.Sort((left, right) => string.CompareOrdinal(left.Name, right.Name));
        if (ready.Count <= limit) return new ModelPage(ready, null);
        ready.RemoveRange(limit, ready.Count - limit);
        return new ModelPage(ready, ready[^1].Name);
    }

    private void Remove(ModelSlot<TModel> slot) => _slots.TryRemove(KeyValuePair.Create(slot.Name, slot));

    public static InferenceError NotLoaded(string name) => new(InferenceErrorKind.ModelNotFound, $"The model '{name}' is not loaded.");
}
