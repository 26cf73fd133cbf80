namespace Thaw.Inference.Serving;

/// <summary>The right to use a model, which stays open until this is disposed. Its owner disposes it exactly once, even after a failure.</summary>
public readonly struct ModelLease<TModel> : IDisposable where TModel : class, IDisposable
{
    private readonly ModelSlot<TModel> _slot;

    internal ModelLease(ModelSlot<TModel> slot) => _slot = slot;

    public TModel Model => _slot.Model!;

    /// <summary>The directory that the model was loaded from, as given to the load.</summary>
    public string Path => _slot.Path;

    public void Dispose() => _slot.ReturnLease();
}
