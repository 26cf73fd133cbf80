namespace Thaw.Tokenizers.Models;

/// <summary>
/// Immutable tables that are shared by content: the same content gives the same instance, because all models of a family have the same
/// tables. An instance lives as long as something refers to it.
/// </summary>
internal sealed class SharedInstances<T> where T : class
{
    private readonly Lock _lock = new();
    private readonly List<(ulong Hash, WeakReference<T> Instance)> _instances = [];

    /// <summary>The instance with this content; creates it if there is none.</summary>
    /// <param name="hash">Hash of the content; it only saves comparisons.</param>
    public T GetOrAdd(ulong hash, Func<T, bool> hasContent, Func<T> create)
    {
        if (Find(hash, hasContent) is { } present)
            return present;
        T created = create();
        lock (_lock)
        {
            // Another load may have created it by now.
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
