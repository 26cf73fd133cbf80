using Thaw.Onnx.Architectures;
using Thaw.Onnx.Linux;

namespace Thaw.Inference.Layouts;

/// <summary>
/// Stores laid-out weights on a disk: one file per content, and beside them small references, by which a model finds its file without reading its
/// own. Several processes can share the store: an entry is written elsewhere, verified, and renamed into its place, and one that is removed stays
/// usable where it is mapped. What is damaged is removed, never used. If the disk fails, models run without the store.
/// </summary>
public sealed class LayoutStore
{
    /// <summary>Version of the layouts and of the store's files. It is part of every source's key, and must be part of every content's.</summary>
    public const int FormatVersion = 1;

    // A use within this time of the last one is not recorded, in seconds.
    private const long UseStep = 60;

    private readonly LayoutFolder _folder;
    private readonly LayoutRoom _room;
    private readonly Lazy<PlanStore?> _plans;

    private LayoutStore(string directory, long limit)
    {
        _plans = new Lazy<PlanStore?>(() => PlanStore.TryOpen(Path.Combine(directory, "plans")));
        _folder = new LayoutFolder(directory);
        _room = new LayoutRoom(_folder, limit);
    }

    /// <summary>Keeps the plans of the models' graphs, in a directory below this store's; null if the disk fails.</summary>
    public PlanStore? Plans => _plans.Value;

    /// <summary>Opens the store, and creates it if there is none.</summary>
    /// <param name="limit">Maximum size on the disk, in bytes.</param>
    /// <param name="reason">Why the store cannot be used, if null is returned.</param>
    public static LayoutStore? TryOpen(string directory, long limit, out string? reason)
    {
        try
        {
            Directory.CreateDirectory(directory, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            // In a directory for temporary files, any user may have created it; its content would be used for computing answers.
            reason = NativeFile.IsOwn(directory) ? null : "it belongs to another user, or other users may write to it";
            if (reason is null && new DriveInfo(directory).DriveFormat is "tmpfs" or "ramfs")
                reason = "its file system is in memory; give a directory on a disk";
            if (reason is not null) return null;
            var store = new LayoutStore(directory, limit);
            store._folder.RemoveDrafts();
            return store;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException)
        {
            reason = exception.Message;
            return null;
        }
    }

    /// <summary>Finds the entry of a source without reading the entry: it is the file that was verified when the source was linked to it.</summary>
    public LayoutEntry? TryFind(string sourceKey)
    {
        string path = _folder.ReferenceOf(sourceKey);
        if (NativeFile.Identity(path) is not { } file) return null;
        if (LayoutReference.TryRead(path, sourceKey) is { } found && NativeFile.Identity(_folder.WeightsOf(found.ContentKey)) == found.Weights)
        {
            // On another thread, because it may have to wait for the disk.
            if (DateTimeOffset.UtcNow.ToUnixTimeSeconds() - file.ModifiedSeconds > UseStep)
                ThreadPool.UnsafeQueueUserWorkItem(Touch, path, preferLocal: false);
            return EntryOf(found.ContentKey, found.Weights);
        }

        // The entry may be whole: another process may have written it again. Only reading it can tell.
        LayoutFolder.TryDelete(path);
        return null;
    }

    /// <summary>Finds an entry by its content, and reads it to verify it.</summary>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public LayoutEntry? TryFindContent(string contentKey, CancellationToken cancellation)
    {
        string path = _folder.WeightsOf(contentKey);
        if (NativeFile.Identity(path) is not { } file) return null;
        LayoutEntry entry = EntryOf(contentKey, file);
        bool isWhole = false;
        try
        {
            isWhole = LayoutFile.IsWhole(path, contentKey, cancellation);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Another process may just have removed it.
        }

        if (!isWhole) Remove(entry);
        return isWhole && NativeFile.Identity(path) == file ? entry : null;
    }

    /// <summary>Lets a source find an entry.</summary>
    /// <param name="sourceKey">Of files that were settled before the content of the entry was made of them.</param>
    /// <returns>False if the disk fails.</returns>
    public bool Link(string sourceKey, LayoutEntry entry)
    {
        string draft = _folder.NewDraftPath();
        try
        {
            // Damage by a loss of power is detected, so this need not wait for the disk.
            File.WriteAllBytes(draft, new LayoutReference(entry.ContentKey, entry.Identity).Encode(sourceKey));
            File.Move(draft, _folder.ReferenceOf(sourceKey), overwrite: true);
            return true;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            LayoutFolder.TryDelete(draft);
            return false;
        }
    }

    /// <summary>Writes an entry. One that another process has written meanwhile is replaced.</summary>
    /// <param name="bytes">Bytes of the weights.</param>
    /// <param name="write">Writes the weights, exactly so many bytes.</param>
    /// <param name="reason">If the result is null, why the entry cannot be written.</param>
    /// <exception cref="OperationCanceledException">It was cancelled; nothing is left of it.</exception>
    public LayoutEntry? TryWrite(string contentKey, long bytes, Action<Stream> write, out string? reason, CancellationToken cancellation)
    {
        long needed = checked(bytes + LayoutFile.SealBytes);
        string draft = _folder.NewDraftPath(), path = _folder.WeightsOf(contentKey);
        bool isTaken = false;
        try
        {
            isTaken = _room.TryTake(needed, out reason);
            if (!isTaken) return null;
            long free = new DriveInfo(_folder.Path).AvailableFreeSpace;
            if (needed > free)
            {
                reason = $"the disk has {free} bytes left, and it needs {needed}";
                return null;
            }

            LayoutFile.Write(draft, contentKey, bytes, write, cancellation);
            File.Move(draft, path, overwrite: true);
            NativeDirectory.Sync(_folder.Path);
            if (NativeFile.Identity(path) is { } file) return EntryOf(contentKey, file);
            reason = "another process has removed it";
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // The disk is full or read-only, or it fails.
            reason = exception.Message;
        }
        finally
        {
            LayoutFolder.TryDelete(draft);
            if (isTaken) _room.Return(needed);
        }

        return null;
    }

    /// <summary>Removes an entry, such as one that gives different answers, unless another one has taken its place.</summary>
    public void Remove(LayoutEntry entry)
    {
        if (NativeFile.Identity(entry.Path) == entry.Identity) LayoutFolder.TryDelete(entry.Path);
    }

    private static void Touch(string path)
    {
        try
        {
            File.SetLastWriteTimeUtc(path, DateTime.UtcNow);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Another process has just removed it, or the disk is read-only.
        }
    }

    private LayoutEntry EntryOf(string contentKey, FileIdentity file) =>
        new(contentKey, _folder.WeightsOf(contentKey), (long)file.Size - LayoutFile.SealBytes, file);
}
