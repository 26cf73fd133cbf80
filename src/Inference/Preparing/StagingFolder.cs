using Thaw.Onnx.Linux;

namespace Thaw.Inference.Preparing;

/// <summary>
/// A hidden folder in the target directory, so on the same disk: files are written and checked there, then moved to the target one by one, the
/// model last. If this is interrupted at any point, the model in the target still loads: new weights have a new name, which only the new model
/// refers to, and old weights are removed when no model refers to them any more.
/// </summary>
internal sealed class StagingFolder : IDisposable
{
    public const string Name = ".thaw-prepare";

    // Hidden files of a model are not copied, so no file of it has these names.
    private const string LockName = ".lock";
    private const string JournalName = ".weights";
    private const string LastName = ".model";

    private readonly string _target;
    private readonly bool _createdTarget;
    private readonly FileStream _lock;

    private StagingFolder(string target, bool createdTarget, FileStream held) => (_target, _createdTarget, _lock) = (target, createdTarget, held);

    /// <summary>The folder to write files to.</summary>
    public string Path => System.IO.Path.Combine(_target, Name);

    /// <summary>Creates the folder, and the target if it does not exist. A folder that an interrupted run left behind is emptied.</summary>
    /// <param name="abandoned">Weight files, old and new, that an interrupted run was replacing. The caller removes those that the model does not
    /// use.</param>
    /// <exception cref="IOException">It cannot be created, or another process is using it.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be created.</exception>
    public static StagingFolder Create(string target, out string[] abandoned)
    {
        bool isNew = !Directory.Exists(target);
        string path = System.IO.Path.Combine(target, Name);
        Directory.CreateDirectory(path);
        try
        {
            // No other process can use the folder while this is open; the system releases it however the process ends.
            var held = new FileStream(System.IO.Path.Combine(path, LockName), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            var folder = new StagingFolder(target, isNew, held);
            string journal = System.IO.Path.Combine(path, JournalName);
            abandoned = File.Exists(journal) ? [.. File.ReadAllLines(journal).Select(name => System.IO.Path.Combine(target, name))] : [];
            folder.Clear();
            return folder;
        }
        catch (IOException) when (isNew)
        {
            Directory.Delete(target, recursive: true);
            throw;
        }
    }

    /// <summary>Moves files and folders to the target, the model last, and removes the old weights. If it fails, the target is unchanged.</summary>
    /// <param name="data">Path of the data file, in this folder and in the target, where it must be new; empty if there is none.</param>
    /// <param name="model">Path of the model file, in this folder and in the target.</param>
    /// <param name="old">Paths of the old weights, which the new model does not use.</param>
    public void Publish(string data, string model, IReadOnlyList<string> old)
    {
        IEnumerable<string> oldNames = old.Select(path => System.IO.Path.GetRelativePath(_target, path));
        File.WriteAllLines(System.IO.Path.Combine(Path, JournalName), data.Length > 0 ? oldNames.Append(data) : oldNames);
        // Out of the folder that it may be in, which is moved as a whole.
        string last = System.IO.Path.Combine(Path, LastName);
        File.Move(System.IO.Path.Combine(Path, model), last);
        NativeDirectory.Sync(Path);
        List<string> moved = [];
        try
        {
            foreach (string entry in Directory.GetFileSystemEntries(Path))
            {
                string name = System.IO.Path.GetFileName(entry);
                if (name is LockName or JournalName or LastName) continue;
                string place = System.IO.Path.Combine(_target, name);
                Directory.Move(entry, place);
                moved.Add(place);
            }

            NativeDirectory.Sync(_target);
            File.Move(last, System.IO.Path.Combine(_target, model), overwrite: true);
        }
        catch
        {
            moved.ForEach(Delete);
            throw;
        }

        NativeDirectory.Sync(System.IO.Path.GetDirectoryName(System.IO.Path.Combine(_target, model))!);
        foreach (string path in old) Delete(path);
    }

    public void Dispose()
    {
        try
        {
            Clear();
            File.Delete(_lock.Name);
            _lock.Dispose();
            Directory.Delete(Path);
            if (_createdTarget && !Directory.EnumerateFileSystemEntries(_target).Any()) Directory.Delete(_target);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // The next run empties the folder.
            _lock.Dispose();
        }
    }

    private void Clear()
    {
        foreach (string entry in Directory.GetFileSystemEntries(Path))
        {
            if (entry != _lock.Name) Delete(entry);
        }
    }

    private static void Delete(string path)
    {
        if (Directory.Exists(path) && new FileInfo(path).LinkTarget is null) Directory.Delete(path, recursive: true);
        else File.Delete(path);
    }
}
