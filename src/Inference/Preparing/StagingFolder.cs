using Thaw.Onnx.Linux;

namespace Thaw.Inference.Preparing;

/// <summary>
/// A hidden folder in the one that a model is to be put into, so on the same disk: files are written and checked there, and then renamed out of
/// it one by one, the model last. Whenever that ends, what is in the target loads: new weights have a name of their own, which nothing but the new
/// model knows, and old ones go when nothing names them any more.
/// </summary>
internal sealed class StagingFolder : IDisposable
{
    public const string Name = ".thaw-prepare";

    private const string LockName = "lock";
    private const string JournalName = "weights";

    private readonly string _target;
    private readonly bool _createdTarget;
    private readonly FileStream _lock;

    private StagingFolder(string target, bool createdTarget, FileStream held) => (_target, _createdTarget, _lock) = (target, createdTarget, held);

    /// <summary>Where files are written to.</summary>
    public string Path => System.IO.Path.Combine(_target, Name);

    /// <summary>Makes the folder, and the target where it is not there; a folder that was left behind is emptied.</summary>
    /// <param name="abandoned">Files of weights, old and new, that were being exchanged when the folder was left behind; those that the model does
    /// not use are to be removed.</param>
    /// <exception cref="IOException">It cannot be made, or another process has it.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be made.</exception>
    public static StagingFolder Create(string target, out string[] abandoned)
    {
        bool isNew = !Directory.Exists(target);
        string path = System.IO.Path.Combine(target, Name);
        Directory.CreateDirectory(path);
        try
        {
            // Nobody else gets it while it is open; the system lets go of it when the process ends, however that is.
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

    /// <summary>Puts files and folders in place, the model behind them, and removes the old weights. What fails leaves the target as it was.</summary>
    /// <param name="data">Name of the data file, which the target has none of; empty for none.</param>
    /// <param name="model">Name of the model file, here and there.</param>
    /// <param name="old">Paths of files that the new model does not use.</param>
    public void Publish(string data, string model, IReadOnlyList<string> old)
    {
        File.WriteAllLines(System.IO.Path.Combine(Path, JournalName), [.. old.Select(path => System.IO.Path.GetRelativePath(_target, path)), .. data.Length > 0 ? [data] : (string[])[]]);
        NativeDirectory.Sync(Path);
        List<string> moved = [];
        try
        {
            foreach (string entry in Directory.GetFileSystemEntries(Path))
            {
                string name = System.IO.Path.GetFileName(entry);
                if (name is LockName or JournalName || name == model) continue;
                string place = System.IO.Path.Combine(_target, name);
                Directory.Move(entry, place);
                moved.Add(place);
            }

            NativeDirectory.Sync(_target);
            File.Move(System.IO.Path.Combine(Path, model), System.IO.Path.Combine(_target, model), overwrite: true);
        }
        catch
        {
            moved.ForEach(Delete);
            throw;
        }

        NativeDirectory.Sync(_target);
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
            // The next one empties it.
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
