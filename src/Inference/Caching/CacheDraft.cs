using Thaw.Onnx.Runtime;

namespace Thaw.Inference.Caching;

/// <summary>A directory that a session is written to, removed with all that is in it unless it became an entry.</summary>
public sealed class CacheDraft : IDisposable
{
    private const string LockFile = "lock";

    // The system lets go of it when the process ends, however that is.
    private readonly FileStream _lock;

    /// <exception cref="IOException">It cannot be made.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be made.</exception>
    internal CacheDraft(string directory)
    {
        Directory = directory;
        System.IO.Directory.CreateDirectory(directory);
        _lock = new FileStream(Path.Combine(directory, LockFile), FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None);
    }

    internal string Directory { get; }

    /// <summary>Whether the process that made a draft is at work on it.</summary>
    internal static bool IsHeld(string directory)
    {
        try
        {
            using FileStream held = new(Path.Combine(directory, LockFile), FileMode.Open, FileAccess.ReadWrite, FileShare.None);
            return false;
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            return false;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return true;
        }
    }

    /// <summary>Puts the draft into its place.</summary>
    /// <exception cref="IOException">There is something, or it cannot be moved.</exception>
    internal void MoveTo(string entry)
    {
        System.IO.Directory.Move(Directory, entry);
        _lock.Dispose();
        File.Delete(Path.Combine(entry, LockFile));
    }

    /// <summary>Settings of the session that writes itself here.</summary>
    internal SessionSettings Settings => new()
    {
        // What is beyond depends on the processor, of which ONNX Runtime warns whenever such a graph is saved.
        Optimization = GraphOptimization.Extended,
        SavedModelPath = Path.Combine(Directory, PackedCache.ModelFile),
        Config =
        [
            new("session.save_external_prepacked_constant_initializers", "1"),
            new("session.optimized_model_external_initializers_file_name", PackedCache.WeightsFile),
            new("session.optimized_model_external_initializers_min_size_in_bytes", "4096"),
        ],
    };

    public void Dispose()
    {
        _lock.Dispose();
        try
        {
            if (System.IO.Directory.Exists(Directory)) System.IO.Directory.Delete(Directory, recursive: true);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // It is removed when the cache is opened again.
        }
    }
}
