using Thaw.Onnx.Linux;

namespace Thaw.Inference.Layouts;

/// <summary>The disk space of a store: removes the entries not used for the longest time when there is no room for a new one.</summary>
internal sealed class LayoutRoom(LayoutFolder folder, long limit)
{
    // Of the space that is left, each process may use an eighth before it looks at what the others have written meanwhile.
    private const int Share = 8;

    private readonly Lock _lock = new();
    private long _writing, _unseen;

    /// <summary>Makes room for an entry that will be written now. The caller must call <see cref="Return"/> when it is.</summary>
    /// <param name="reason">Why there is no room.</param>
    public bool TryTake(long bytes, out string? reason)
    {
        lock (_lock)
        {
            reason = bytes > limit - _writing ? $"the {bytes} bytes that it needs are more than its limit of {limit} allows" : null;
            if (reason is null && bytes > _unseen) reason = MakeRoom(bytes);
            if (reason is not null) return false;
            _unseen -= bytes;
            _writing += bytes;
            return true;
        }
    }

    public void Return(long bytes)
    {
        lock (_lock) _writing -= bytes;
    }

    private string? MakeRoom(long bytes)
    {
        List<(string Path, long Bytes, long Used)> entries = Entries();
        long left = limit - _writing - bytes - entries.Sum(entry => entry.Bytes);
        foreach ((string path, long size, _) in entries.OrderBy(entry => entry.Used))
        {
            if (left >= 0) break;
            if (LayoutFolder.TryDelete(path)) left += size;
        }

        if (left < 0) return "no older entries can be removed to make room for it";
        _unseen = bytes + (left / Share);
        return null;
    }

    /// <summary>Finds all entries with the time of their last use, and removes references to those that no longer exist.</summary>
    private List<(string Path, long Bytes, long Used)> Entries()
    {
        Dictionary<string, long> used = [];
        foreach (string path in folder.References())
        {
            if (NativeFile.Identity(path) is not { } file) continue;
            string? key = LayoutReference.TryRead(path, LayoutFolder.KeyOf(path))?.ContentKey;
            if (key is null || !File.Exists(folder.WeightsOf(key))) LayoutFolder.TryDelete(path);
            else used[key] = Math.Max(file.ModifiedSeconds, used.GetValueOrDefault(key));
        }

        List<(string, long, long)> entries = [];
        foreach (string path in folder.Weights())
        {
            if (NativeFile.Identity(path) is not { } file) continue;
            entries.Add((path, (long)file.Size, Math.Max(file.ModifiedSeconds, used.GetValueOrDefault(LayoutFolder.KeyOf(path)))));
        }

        return entries;
    }
}
