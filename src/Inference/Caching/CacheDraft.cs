using Thaw.Onnx.Runtime;

namespace Thaw.Inference.Caching;

/// <summary>A directory that a session is written to. Disposing it removes the directory, unless it has become an entry.</summary>
public sealed class CacheDraft : IDisposable
{
    private const string LockFile = "lock";

    // The system releases it however the process ends.
    private readonly FileStream _lock;

    /// <exception cref="IOException">The directory cannot be created.</exception>
    /// <exception cref="UnauthorizedAccessException">The directory may not be created.</exception>
    internal CacheDraft(string directory)
    {
        Directory = directory;
        System.IO.Directory.CreateDirectory(directory);
        _lock = new FileStream(Path.Combine(directory, LockFile), FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None);
    }

    internal string Directory { get; }

    /// <summary>Whether the process that created a draft is still working on it.</summary>
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

    /// <summary>Moves the draft to its place in the cache.</summary>
    /// <exception cref="IOException">The place is taken, or the draft cannot be moved.</exception>
    internal void MoveTo(string entry)
    {
        System.IO.Directory.Move(Directory, entry);
        _lock.Dispose();
        File.Delete(Path.Combine(entry, LockFile));
    }

    /// <summary>Settings for the session that is written here.</summary>
    internal SessionSettings Settings => new()
    {
        // Higher levels depend on the processor, and ONNX Runtime warns whenever such a graph is saved.
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
            // It is removed when the cache is opened the next time.
        }
    }
}
