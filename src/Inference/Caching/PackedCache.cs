using System.IO.Hashing;
using System.Runtime.InteropServices;
using System.Text;
using Thaw.Onnx.InPlace;
using Thaw.Onnx.Linux;
using Thaw.Onnx.Runtime;

namespace Thaw.Inference.Caching;

/// <summary>
/// Keeps what promotions compute: for each model a directory with its graph and its weights, plain and packed, from which ONNX Runtime
/// maps both. A promotion that finds its model here takes less time, and page cache instead of private memory. Any number of processes
/// may share it: an entry is written aside and renamed into its place, and whoever has one mapped keeps it when it is removed. What is
/// damaged is removed and made anew. Whatever goes wrong costs the cache alone.
/// </summary>
public sealed class PackedCache
{
    internal const string ModelFile = "model.onnx";
    internal const string WeightsFile = "weights.bin";
    private const string SealFile = "seal";
    private const string Unfinished = ".writing-";

    private static readonly string[] s_files = [ModelFile, WeightsFile];

    private readonly string _directory;
    private readonly long _limit;

    private PackedCache(string directory, long limit) => (_directory, _limit) = (directory, limit);

    /// <summary>Opens the cache, and makes it where there is none.</summary>
    /// <param name="limit">Bytes that it may take on the disk.</param>
    /// <param name="reason">Why it cannot be used, when there is none.</param>
    public static PackedCache? TryOpen(string directory, long limit, out string? reason)
    {
        try
        {
            Directory.CreateDirectory(directory, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            // In a directory for temporary files anybody may have put it there; what is in it is computed with.
            reason = NativeFile.IsOwn(directory) ? null : "it belongs to somebody else, or others may write to it";
            if (reason is null && new DriveInfo(directory).DriveFormat is "tmpfs" or "ramfs") reason = "it lies in memory, which it is there to save";
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

    /// <summary>The entry for a model: what packed weights look like depends on its content, on what this program makes of it, on the library and
    /// on the processor.</summary>
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

    /// <summary>A session over an entry; null when there is none that is whole.</summary>
    /// <param name="mappedBytes">Bytes of the file that it maps.</param>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public OrtSession? TryLoad(string key, OrtEnvironment environment, out long mappedBytes, CancellationToken cancellation)
    {
        mappedBytes = 0;
        string entry = Path.Combine(_directory, key);
        if (!Directory.Exists(entry)) return null;
        try
        {
            if (CacheSeal.IsWhole(entry, SealFile, s_files, cancellation))
            {
                mappedBytes = new FileInfo(Path.Combine(entry, WeightsFile)).Length;
                OrtSession session = OrtSession.Load(environment, Path.Combine(entry, ModelFile), new SessionSettings { Optimization = GraphOptimization.None }, cancellation);
                Touch(entry);
                return session;
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException || (exception is OnnxRuntimeException && !cancellation.IsCancellationRequested))
        {
            // Somebody else may just have removed it.
        }

        Remove(entry);
        return null;
    }

    /// <summary>Takes an entry out, such as one whose session gives other answers.</summary>
    public void Remove(string key, OrtSession session)
    {
        session.Dispose();
        Remove(Path.Combine(_directory, key));
    }

    /// <summary>Where a session is to write what will be the entry of a model; null when there is no room for it.</summary>
    public CacheDraft? TryBegin(InPlaceModel model)
    {
        // The weights as they are, and packed.
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

    /// <summary>Makes a draft that a session has been written to the entry of a model.</summary>
    /// <returns>False when it could not be made; nothing is left of it then.</returns>
    public bool TryPublish(CacheDraft draft, string key, CancellationToken cancellation)
    {
        try
        {
            CacheSeal.Write(draft.Directory, SealFile, s_files, cancellation);
            MakeRoom(s_files.Sum(file => new FileInfo(Path.Combine(draft.Directory, file)).Length));
            draft.MoveTo(Path.Combine(_directory, key));
            return true;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Full, or another process was faster.
            draft.Dispose();
            return Directory.Exists(Path.Combine(_directory, key));
        }
    }

    /// <summary>All that Linux knows of: which of them decide how ONNX Runtime packs is its own affair.</summary>
    private static string? ProcessorFeatures()
    {
        const string Processors = "/proc/cpuinfo";
        return File.Exists(Processors)
            ? File.ReadLines(Processors).FirstOrDefault(line => line.StartsWith("flags", StringComparison.Ordinal) || line.StartsWith("Features", StringComparison.Ordinal))
            : null;
    }

    private void MakeRoom(long bytes)
    {
        List<(string Path, DateTime Used, long Bytes)> entries = [];
        foreach (string path in Directory.GetDirectories(_directory))
        {
            if (Path.GetFileName(path).StartsWith('.')) continue;
            // Of one that another process removes meanwhile, nothing is there.
            FileInfo[] files = [.. s_files.Append(SealFile).Select(file => new FileInfo(Path.Combine(path, file))).Where(file => file.Exists)];
            entries.Add((path, files.FirstOrDefault(file => file.Name == SealFile)?.LastWriteTimeUtc ?? default, files.Sum(file => file.Length)));
        }

        long total = bytes + entries.Sum(entry => entry.Bytes);
        foreach ((string path, _, long size) in entries.OrderBy(entry => entry.Used).TakeWhile(_ => total > _limit))
        {
            Remove(path);
            total -= size;
        }
    }

    /// <summary>The oldest go first.</summary>
    private static void Touch(string entry)
    {
        try
        {
            File.SetLastWriteTimeUtc(Path.Combine(entry, SealFile), DateTime.UtcNow);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Somebody else has just removed it, or the disk is read-only.
        }
    }

    /// <summary>Those of processes that were killed.</summary>
    private void RemoveDrafts()
    {
        foreach (string path in Directory.GetDirectories(_directory, Unfinished + "*").Where(path => !CacheDraft.IsHeld(path))) Remove(path);
    }

    /// <summary>Out of its place at once, so that nobody finds half of it.</summary>
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
            // Another process does the same, or the disk is read-only.
        }
    }
}
