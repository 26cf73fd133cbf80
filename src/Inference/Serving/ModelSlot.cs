namespace Thaw.Inference.Serving;

/// <summary>
/// A model's place in the table. One atomic word holds the state in its two low bits and the number of leases above them, so that
/// "may I use it" and "I am using it" are one step: a lease is only ever given in Ready, and whoever brings a Draining slot to zero
/// leases, the unloader or the last one out, closes the model. Exactly one of them does.
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

    /// <summary>The directory, as the load named it.</summary>
    public string Path => path;

    public SlotState State => (SlotState)(Volatile.Read(ref _word) & StateMask);

    public long Leases => Volatile.Read(ref _word) / OneLease;

    /// <summary>Ends with the load: null once the model is ready, or why it is not.</summary>
    public Task<InferenceError?> Loaded => _loaded.Task;

    /// <summary>Ends when the model is closed and the slot has left the table.</summary>
    public Task Closed => _closed.Task;

    /// <summary>What a lease holder uses; null before Ready.</summary>
    public TModel? Model => _model;

    /// <summary>Called in this order by whoever closes the slot: the model is closed, then this, then <see cref="Closed"/> ends.</summary>
    public required Action<ModelSlot<TModel>> Remove { private get; init; }

    /// <summary>Makes the model ready, and leases it to the caller before anything else can unload it.</summary>
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

    /// <summary>Gives no more leases and closes the model when the last one is back. False when the slot was not Ready.</summary>
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
        try
        {
            _model!.Dispose();
        }
        finally
        {
            _model = null;
            Remove(this);
            _closed.SetResult();
        }
    }
}
