using Thaw.Harness;
using Thaw.Harness.Measuring;
using Thaw.TestModels;
using Thaw.TestModels.Bert;

namespace Thaw.ColdLoad.Models;

/// <summary>The folder for the models. A temporary one is deleted when this is disposed; a given one stays, with its models.</summary>
internal sealed class ModelStore : IDisposable
{
    // For laid-out weights, the results, and other programs.
    private const long SpareBytes = 2L << 30;

    private readonly bool _temporary;

    /// <param name="directory">The folder; null for a temporary one.</param>
    public ModelStore(string? directory)
    {
        _temporary = directory is null;
        // Up to 22 GB, so delete it also if the program is interrupted.
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Dispose();
        Folder = directory is null ? Directory.CreateTempSubdirectory("thaw-cold-").FullName : Directory.CreateDirectory(directory).FullName;
    }

    /// <summary>An absolute path.</summary>
    public string Folder { get; }

    /// <exception cref="HarnessException">The disk does not have that much free space.</exception>
    public void Require(long bytes)
    {
        long free = new DriveInfo(Folder).AvailableFreeSpace;
        if (free >= bytes + SpareBytes) return;
        throw new HarnessException(Results.Text(
            $"{Folder} needs {(bytes + SpareBytes) / 1e9:F1} GB of free space and has {free / 1e9:F1} GB. Give another folder with --work, or fewer models."));
    }

    /// <summary>A model's directory, written if it is not there yet.</summary>
    public string Raw(string name, BertOptions options) => Make(name, directory => ExportedModel.Write(directory, options));

    /// <summary>The directory of that name, filled by <paramref name="write"/> if it is not there yet.</summary>
    public string Make(string name, Action<string> write)
    {
        string directory = Path.Combine(Folder, name);
        if (Directory.Exists(directory)) return directory;
        // Under another name, so that what an interrupted run leaves is not taken for a model.
        string unfinished = directory + ".unfinished";
        if (Directory.Exists(unfinished)) Directory.Delete(unfinished, recursive: true);
        write(unfinished);
        Directory.Move(unfinished, directory);
        return directory;
    }

    public void Dispose()
    {
        if (_temporary && Directory.Exists(Folder)) Directory.Delete(Folder, recursive: true);
    }
}
