using System.IO.Enumeration;

namespace Thaw.Inference.Files;

/// <summary>A folder that was listed once: its visible files and folders.</summary>
internal sealed class Folder
{
    // Listing is on the way of every load.
    private static readonly EnumerationOptions Everything = new() { AttributesToSkip = FileAttributes.None, IgnoreInaccessible = false };

    private Folder(string path, Folder? parent) => (Path, Parent) = (path, parent);

    public string Path { get; }

    public string Name => System.IO.Path.GetFileName(Path);

    /// <summary>The folder that it was found in; null for the first one.</summary>
    public Folder? Parent { get; }

    /// <summary>Names of its files, in order. Archives made on a Mac contain ._model.onnx beside model.onnx; hidden files are not among these.</summary>
    public List<string> Files { get; } = [];

    /// <summary>Names of those files that are links.</summary>
    public List<string> Links { get; } = [];

    /// <summary>Names of its folders, and of links to folders, in order; without hidden ones such as .ipynb_checkpoints.</summary>
    public List<string> Folders { get; } = [];

    /// <summary>Names of its ONNX files.</summary>
    public IEnumerable<string> Models => Files.Where(name => name.EndsWith(".onnx", StringComparison.Ordinal));

    /// <summary>This folder, the one around it and so on.</summary>
    public IEnumerable<Folder> Around
    {
        get
        {
            for (Folder? folder = this; folder is not null; folder = folder.Parent) yield return folder;
        }
    }

    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    public static Folder List(string path, Folder? parent)
    {
        var folder = new Folder(path, parent);
        var entries = new FileSystemEnumerable<(string Name, bool IsFolder, bool IsLink)>(
            path,
            (ref entry) => (entry.FileName.ToString(), entry.IsDirectory, (entry.Attributes & FileAttributes.ReparsePoint) != 0),
            Everything)
        {
            ShouldIncludePredicate = (ref entry) => entry.FileName[0] != '.',
        };
        foreach ((string name, bool isFolder, bool isLink) in entries)
        {
            (isFolder ? folder.Folders : folder.Files).Add(name);
            if (isLink && !isFolder) folder.Links.Add(name);
        }

        folder.Files.Sort(StringComparer.Ordinal);
        folder.Folders.Sort(StringComparer.Ordinal);
        return folder;
    }

    public bool Has(string file) => Files.BinarySearch(file, StringComparer.Ordinal) >= 0;
}
