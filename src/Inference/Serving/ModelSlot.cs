namespace Thaw.Inference.Serving;

/// <summary>
/// A model's place in the table. One atomic word contains the state in its two low bits and the number of leases above them, so checking
/// the state and taking a lease is one atomic step. A lease is given only in Ready. The model is closed exactly once, by the call that
/// brings a Draining slot to zero leases: the unload, or the return of the last lease.
/// </summary>
internal sealed class ModelSlot<TModel>(string name, string path) where TModel : class, IDisposable
{
    private const long StateMask = 3;
    private const long OneLease = 4;

    private readonly TaskCompletionSource<InferenceError?> _loaded = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TModel? _model;
    private long _word;

    public string Name => name;

    /// <summary>The directory, as given to the load.</summary>
    public string Path => path;

    public SlotState State => (SlotState)(Volatile.Read(ref _word) & StateMask);

    public long Leases => Volatile.Read(ref _word) / OneLease;

    /// <summary>Completes with the load: null if the model is ready, or why it is not.</summary>
    public Task<InferenceError?> Loaded => _loaded.Task;

    /// <summary>Completes when the model is closed and the slot is removed from the table.</summary>
    public Task Closed => _closed.Task;

    /// <summary>The model, for owners of a lease; null before Ready and after it is closed.</summary>
    public TModel? Model => _model;

    /// <summary>Removes the slot from the table: called after the model is closed, and before <see cref="Closed"/> completes.</summary>
    public required Action<ModelSlot<TModel>> Remove { private get; init; }

    /// <summary>Makes the model ready, and leases it to the caller before it can be unloaded.</summary>
    public ModelLease<TModel> Publish(TModel model)
    {
        _model = model;
        Volatile.Write(ref _word, (long)SlotState.Ready + OneLease);
        _loaded.SetResult(null);
        return new ModelLease<TModel>(this);
    }

    public void Fail(InferenceError error)
    {
        Volatile.Write(ref _word, (long)SlotState.Gone);
        Remove(this);
        _loaded.SetResult(error);
        _closed.SetResult();
    }

    public bool TryLease()
    {
        long word = Volatile.Read(ref _word);
        while ((word & StateMask) == (long)SlotState.Ready)
        {
            long seen = Interlocked.CompareExchange(ref _word, word + OneLease, word);
            if (seen == word) return true;
            word = seen;
        }

        return false;
    }

    public void ReturnLease()
    {
        if (Interlocked.Add(ref _word, -OneLease) == (long)SlotState.Draining) Close();
    }

    /// <summary>Stops giving leases, and closes the model when the last one is returned. False if the slot was not Ready.</summary>
    public bool TryDrain()
    {
        long word = Volatile.Read(ref _word);
        while ((word & StateMask) == (long)SlotState.Ready)
        {
            long draining = word - (long)SlotState.Ready + (long)SlotState.Draining;
            long seen = Interlocked.CompareExchange(ref _word, draining, word);
            if (seen == word)
            {
                if (draining == (long)SlotState.Draining) Close();
                return true;
            }

            word = seen;
        }

        return false;
    }

    private void Close()
    {
        Volatile.Write(ref _word, (long)SlotState.Gone);
        TModel model = _model!;
        // Before the model is closed, so that what it collects then can include itself.
        _model = null;
        try
        {
            model.Dispose();
        }
        finally
        {
            Remove(this);
            _closed.SetResult();
        }
    }
}
