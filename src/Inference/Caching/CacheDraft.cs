using Thaw.Onnx;

namespace Thaw.Inference.Caching;

/// <summary>A directory that a session is written to, removed with all that is in it unless it became an entry.</summary>
public sealed class CacheDraft : IDisposable
{
    internal CacheDraft(string directory) => Directory = directory;

    internal string Directory { get; }

    /// <summary>Settings of the session that writes itself here.</summary>
    internal SessionSettings Settings => new()
    {
        SavedModelPath = Path.Combine(Directory, "model.onnx"),
        Config =
        [
            new("session.save_external_prepacked_constant_initializers", "1"),
            new("session.optimized_model_external_initializers_file_name", "weights.bin"),
            new("session.optimized_model_external_initializers_min_size_in_bytes", "4096"),
        ],
    };

    public void Dispose()
    {
        try
        {
            if (System.IO.Directory.Exists(Directory)) System.IO.Directory.Delete(Directory, recursive: true);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // It is removed when the cache is opened an hour later.
        }
    }
}
