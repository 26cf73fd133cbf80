namespace Thaw.Tokenizers.Models;

/// <summary>
/// Immutable tables that are shared by content: the models of one family have the same, and the same content gives the
/// same instance. It lives as long as somebody uses it.
/// </summary>
internal sealed class SharedInstances<T> where T : class
{
    private readonly Lock _lock = new();
    private readonly List<(ulong Hash, WeakReference<T> Instance)> _instances = [];

    /// <summary>The instance with this content, made if there is none.</summary>
    /// <param name="hash">Of the content. It only saves comparisons.</param>
    public T GetOrAdd(ulong hash, Func<T, bool> hasContent, Func<T> create)
    {
        if (Find(hash, hasContent) is { } present)
            return present;
        T created = create();
        lock (_lock)
        {
            // Another load may have made it in the meantime.
            if (Find(hash, hasContent) is { } first)
                return first;
            _instances.RemoveAll(entry => !entry.Instance.TryGetTarget(out _));
            _instances.Add((hash, new WeakReference<T>(created)));
        }

        return created;
    }

    private T? Find(ulong hash, Func<T, bool> hasContent)
    {
        lock (_lock)
        {
            foreach ((ulong known, WeakReference<T> reference) in _instances)
            {
                if (known == hash && reference.TryGetTarget(out T? instance) && hasContent(instance))
                    return instance;
            }
        }

        return null;
    }
}
