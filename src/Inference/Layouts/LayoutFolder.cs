namespace Thaw.Inference.Layouts;

/// <summary>The files of a store: entries named by their content's key, references named by their source's, and drafts of both.</summary>
internal sealed class LayoutFolder(string path)
{
    private const string WeightsSuffix = ".weights";
    private const string ReferenceSuffix = ".ref";
    private const string DraftPrefix = ".writing-";

    // Between its creation and its lock another process could take a draft for an abandoned one.
    private static readonly TimeSpan NewDraft = TimeSpan.FromSeconds(10);

    public string Path => path;

    public static string KeyOf(string file) => System.IO.Path.GetFileNameWithoutExtension(file);

    /// <returns>False if it cannot be deleted; true also if there is none.</returns>
    public static bool TryDelete(string file)
    {
        try
        {
            File.Delete(file);
            return true;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // The disk is read-only, or the folder is gone.
            return false;
        }
    }

    public string WeightsOf(string contentKey) => System.IO.Path.Combine(path, contentKey + WeightsSuffix);

    public string ReferenceOf(string sourceKey) => System.IO.Path.Combine(path, sourceKey + ReferenceSuffix);

    public string NewDraftPath() => System.IO.Path.Combine(path, DraftPrefix + Guid.NewGuid().ToString("N"));

    /// <exception cref="IOException">The folder cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder may not be read.</exception>
    public IEnumerable<string> Weights() => Directory.EnumerateFiles(path, "*" + WeightsSuffix);

    /// <inheritdoc cref="Weights"/>
    public IEnumerable<string> References() => Directory.EnumerateFiles(path, "*" + ReferenceSuffix);

    /// <summary>Removes drafts of processes that were killed. Those of living processes are locked.</summary>
    public void RemoveDrafts()
    {
        foreach (string draft in Directory.GetFiles(path, DraftPrefix + "*"))
        {
            if (DateTime.UtcNow - File.GetLastWriteTimeUtc(draft) > NewDraft && !IsLocked(draft)) TryDelete(draft);
        }
    }

    private static bool IsLocked(string draft)
    {
        try
        {
            using var file = File.OpenHandle(draft, FileMode.Open, FileAccess.ReadWrite, FileShare.None);
            return false;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return true;
        }
    }
}
