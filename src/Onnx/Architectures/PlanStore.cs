using System.Security.Cryptography;

namespace Thaw.Onnx.Architectures;

/// <summary>
/// Keeps plans on a disk, one small file per structure, so that a graph is not analysed again in every process. Several processes can share it.
/// Plans of another build of this program are not found, because it may rewrite graphs in another way. What is damaged counts as missing.
/// </summary>
public sealed class PlanStore
{
    /// <summary>Maximum number of structures; those not used for the longest time are removed. BERT-base's takes 65 KB.</summary>
    internal const int MostFiles = 256;

    // Models of one structure that have different plans are rare.
    private const int MostPlans = 4;

    private const string Suffix = ".plan";
    private const string DraftPrefix = ".writing-";
    private const int SeedBytes = sizeof(long);

    private readonly string _directory;

    private PlanStore(string directory, long seed) => (_directory, Seed) = (directory, seed);

    /// <summary>The seed of the structures' hashes. Like the plans, it must be known to this user only.</summary>
    internal long Seed { get; }

    /// <summary>Opens the store, and creates it if there is none; null if the disk fails.</summary>
    /// <param name="directory">Belongs to this user, and no other may write to it.</param>
    public static PlanStore? TryOpen(string directory)
    {
        try
        {
            directory = Path.GetFullPath(directory);
            Directory.CreateDirectory(directory, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            string path = Path.Combine(directory, "seed");
            if (ReadSeed(path) is null) WriteSeed(directory, path);
            return ReadSeed(path) is { } seed ? new PlanStore(directory, seed) : null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>What is known of a structure; null if nothing is.</summary>
    internal KnownStructure? Read(UInt128 structure)
    {
        string path = PathOf(structure);
        if (TryRead(path) is not { } found || found.Structure != structure) return null;
        try
        {
            File.SetLastWriteTimeUtc(path, DateTime.UtcNow);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // The disk is read-only, or another process has just removed the file.
        }

        return found.Known;
    }

    /// <summary>What processes of this build have read or written last, the latest first; damaged files are left out.</summary>
    internal IEnumerable<(UInt128 Structure, KnownStructure Known)> Latest()
    {
        foreach (FileInfo file in Files())
        {
            if (TryRead(file.FullName) is { } found && PathOf(found.Structure) == file.FullName) yield return found;
        }
    }

    /// <summary>Remembers what is known of a structure, unless the disk fails.</summary>
    internal void Write(UInt128 structure, KnownStructure known)
    {
        try
        {
            byte[] content = PlanFile.Encode(structure, known with { Plans = [.. known.Plans.Take(MostPlans)] });
            Write(_directory, PathOf(structure), content, overwrite: true);
            foreach (FileInfo file in Files().Skip(MostFiles)) file.Delete();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // The next process analyses the graph again.
        }
    }

    private static long? ReadSeed(string path) =>
        File.Exists(path) && File.ReadAllBytes(path) is { Length: SeedBytes } seed ? BitConverter.ToInt64(seed) : null;

    private static void WriteSeed(string directory, string path)
    {
        bool isDamaged = File.Exists(path);
        try
        {
            Write(directory, path, RandomNumberGenerator.GetBytes(SeedBytes), overwrite: isDamaged);
        }
        catch (IOException) when (!isDamaged && File.Exists(path))
        {
            // Another process was faster. Its seed counts.
        }
    }

    private static void Write(string directory, string path, byte[] content, bool overwrite)
    {
        string draft = Path.Combine(directory, DraftPrefix + Guid.NewGuid().ToString("N"));
        try
        {
            // Damage by a loss of power is detected, so this need not wait for the disk.
            File.WriteAllBytes(draft, content);
            File.Move(draft, path, overwrite);
        }
        catch
        {
            File.Delete(draft);
            throw;
        }
    }

    private static (UInt128 Structure, KnownStructure Known)? TryRead(string path)
    {
        try
        {
            return File.Exists(path) && PlanFile.TryDecode(File.ReadAllBytes(path), out UInt128 structure) is { } known ? (structure, known) : null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private string PathOf(UInt128 structure) => Path.Combine(_directory, structure.ToString("x32") + Suffix);

    /// <summary>The latest first; also drafts, so that those of processes that were killed are removed like other old files.</summary>
    private FileInfo[] Files()
    {
        IEnumerable<FileInfo> files = new DirectoryInfo(_directory).EnumerateFiles();
        return [.. files.Where(file => file.Extension == Suffix || file.Name.StartsWith(DraftPrefix)).OrderByDescending(file => file.LastWriteTimeUtc)];
    }
}
