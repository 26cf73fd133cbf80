using System.IO.Hashing;
using System.Runtime.InteropServices;
using System.Text;
using Thaw.Onnx.InPlace;
using Thaw.Onnx.Linux;
using Thaw.Onnx.Runtime;

namespace Thaw.Inference.Caching;

/// <summary>
/// Stores the results of promotions: for each model a directory with its graph and its weights, unpacked and packed, which ONNX Runtime
/// maps. A promotion that finds its model here takes less time, and page cache instead of private memory. Several processes can share the
/// cache: an entry is written elsewhere and renamed into its place, and an entry that is removed stays usable where it is mapped. Damaged
/// entries are removed and created again. If the cache fails, promotions work without it.
/// </summary>
public sealed class PackedCache
{
    internal const string ModelFile = "model.onnx";
    internal const string WeightsFile = "weights.bin";
    private const string SealFile = "seal";
    private const string Unfinished = ".writing-";

    private static readonly string[] SealedFiles = [ModelFile, WeightsFile];

    private readonly string _directory;
    private readonly long _limit;

    private PackedCache(string directory, long limit) => (_directory, _limit) = (directory, limit);

    /// <summary>Opens the cache, and creates it if there is none.</summary>
    /// <param name="limit">Maximum size on the disk, in bytes.</param>
    /// <param name="reason">Why the cache cannot be used, if null is returned.</param>
    public static PackedCache? TryOpen(string directory, long limit, out string? reason)
    {
        try
        {
            Directory.CreateDirectory(directory, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            // In a directory for temporary files, any user may have created it; its content would be used for computing answers.
            reason = NativeFile.IsOwn(directory) ? null : "it belongs to another user, or other users may write to it";
            if (reason is null && new DriveInfo(directory).DriveFormat is "tmpfs" or "ramfs")
                reason = "its file system is in memory; give a directory on a disk";
            if (reason is not null) return null;
            var cache = new PackedCache(directory, limit);
            cache.RemoveDrafts();
            return cache;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException)
        {
            reason = exception.Message;
            return null;
        }
    }

    /// <summary>The key of a model's entry. Packed weights depend on the model's content, on how this program rewrites it, on the library and on
    /// the processor.</summary>
    public string KeyOf(InPlaceModel model, CancellationToken cancellation)
    {
        var hash = new XxHash128();
        hash.Append(Encoding.UTF8.GetBytes($"{OrtLibrary.Version} {RuntimeInformation.ProcessArchitecture} {ProcessorFeatures()}\0"));
        model.Read(part =>
        {
            cancellation.ThrowIfCancellationRequested();
            hash.Append(part);
        });
        return Convert.ToHexStringLower(hash.GetCurrentHash());
    }

    /// <summary>Loads a session from an entry; null if there is none that is complete and undamaged.</summary>
    /// <param name="mappedBytes">Bytes of the file that the session maps.</param>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public OrtSession? TryLoad(string key, OrtEnvironment environment, out long mappedBytes, CancellationToken cancellation)
    {
        mappedBytes = 0;
        string entry = Path.Combine(_directory, key);
        if (!Directory.Exists(entry)) return null;
        try
        {
            if (CacheSeal.IsWhole(entry, SealFile, SealedFiles, cancellation))
            {
                mappedBytes = new FileInfo(Path.Combine(entry, WeightsFile)).Length;
                var settings = new SessionSettings { Optimization = GraphOptimization.None };
                OrtSession session = OrtSession.Load(environment, Path.Combine(entry, ModelFile), settings, cancellation);
                Touch(entry);
                return session;
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException
            || (exception is OnnxRuntimeException && !cancellation.IsCancellationRequested))
        {
            // Another process may just have removed it.
        }

        Remove(entry);
        return null;
    }

    /// <summary>Removes an entry, such as one whose session gives different answers.</summary>
    public void Remove(string key, OrtSession session)
    {
        session.Dispose();
        Remove(Path.Combine(_directory, key));
    }

    /// <summary>Creates a draft, to which a session writes a model's entry; null if there is no room for it.</summary>
    public CacheDraft? TryBegin(InPlaceModel model)
    {
        // The weights unpacked and packed.
        long bytes = model.MappedBytes + model.PackedBytes + (4 * model.CopiedBytes);
        try
        {
            if (bytes > _limit || bytes > new DriveInfo(_directory).AvailableFreeSpace) return null;
            return new CacheDraft(Path.Combine(_directory, Unfinished + Path.GetRandomFileName()));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Makes a draft the entry of a model, once a session is written to it.</summary>
    /// <returns>False if that failed and there is no entry; the draft is removed.</returns>
    public bool TryPublish(CacheDraft draft, string key, CancellationToken cancellation)
    {
        try
        {
            CacheSeal.Write(draft.Directory, SealFile, SealedFiles, cancellation);
            MakeRoom(SealedFiles.Sum(file => new FileInfo(Path.Combine(draft.Directory, file)).Length));
            draft.MoveTo(Path.Combine(_directory, key));
            return true;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // The disk is full, or another process was faster.
            draft.Dispose();
            return Directory.Exists(Path.Combine(_directory, key));
        }
    }

    /// <summary>All that Linux reports, because only ONNX Runtime knows which of them decide how it packs.</summary>
    private static string? ProcessorFeatures()
    {
        const string Processors = "/proc/cpuinfo";
        return File.Exists(Processors) ? File.ReadLines(Processors).FirstOrDefault(IsFeatures) : null;

        static bool IsFeatures(string line) => line.StartsWith("flags", StringComparison.Ordinal) || line.StartsWith("Features", StringComparison.Ordinal);
    }

    private void MakeRoom(long bytes)
    {
        List<(string Path, DateTime Used, long Bytes)> entries = [];
        foreach (string path in Directory.GetDirectories(_directory))
        {
            if (Path.GetFileName(path).StartsWith('.')) continue;
            // Another process may be removing the entry, so its files may be missing.
            FileInfo[] files = [.. SealedFiles.Append(SealFile).Select(file => new FileInfo(Path.Combine(path, file))).Where(file => file.Exists)];
            entries.Add((path, files.FirstOrDefault(file => file.Name == SealFile)?.LastWriteTimeUtc ?? default, files.Sum(file => file.Length)));
        }

        long total = bytes + entries.Sum(entry => entry.Bytes);
        foreach ((string path, _, long size) in entries.OrderBy(entry => entry.Used).TakeWhile(_ => total > _limit))
        {
            Remove(path);
            total -= size;
        }
    }

    /// <summary>Marks an entry as used: those not used for the longest time are removed first.</summary>
    private static void Touch(string entry)
    {
        try
        {
            File.SetLastWriteTimeUtc(Path.Combine(entry, SealFile), DateTime.UtcNow);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Another process has just removed it, or the disk is read-only.
        }
    }

    /// <summary>Removes drafts of processes that were killed.</summary>
    private void RemoveDrafts()
    {
        foreach (string path in Directory.GetDirectories(_directory, Unfinished + "*").Where(path => !CacheDraft.IsHeld(path))) Remove(path);
    }

    /// <summary>Renames it before deleting, so that no process finds half an entry.</summary>
    private void Remove(string path)
    {
        try
        {
            string aside = Path.Combine(_directory, Unfinished + Path.GetRandomFileName());
            Directory.Move(path, aside);
            Directory.Delete(aside, recursive: true);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Another process is doing the same, or the disk is read-only.
        }
    }
}
