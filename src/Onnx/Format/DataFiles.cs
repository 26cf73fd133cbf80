using Thaw.Onnx.Linux;

namespace Thaw.Onnx.Format;

/// <summary>The files beside an ONNX model that hold its external data. Each is mapped when it is first needed.</summary>
/// <param name="model">Path of the model file; the data files are in its folder.</param>
internal sealed class DataFiles(string model) : IDisposable
{
    private readonly Dictionary<string, MappedFile> _files = new(StringComparer.Ordinal);

    /// <summary>The paths of the mapped files, and each file's identity when it was opened to be mapped.</summary>
    public IEnumerable<(string Path, FileIdentity? Identity)> Identities => _files.Select(pair => (PathOf(pair.Key), pair.Value.Identity));

    public IEnumerable<MappedFile> Files => _files.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => pair.Value);

    /// <summary>The file that a tensor names.</summary>
    /// <exception cref="UnusableFileException">It is missing.</exception>
    /// <exception cref="ModelFormatException">It is outside the model's folder, or the model file is a link into another folder.</exception>
    public MappedFile this[string name]
    {
        get
        {
            if (!_files.TryGetValue(name, out MappedFile? file)) _files[name] = file = Open(name);
            return file;
        }
    }

    public void Dispose()
    {
        foreach (MappedFile file in _files.Values) file.Dispose();
        _files.Clear();
    }

    private MappedFile Open(string name)
    {
        if (name.Contains('\0', StringComparison.Ordinal)) throw new ModelFormatException("the name of its external data contains a null character");
        string folder = NativeFile.RealPath(Path.GetDirectoryName(Path.GetFullPath(model))!), path = NativeFile.RealPath(PathOf(name));
        string target = Path.GetDirectoryName(NativeFile.RealPath(model))!;
        // The same rule as ONNX Runtime's, which reports the problem when it loads the file itself.
        bool isOutside = Path.IsPathRooted(name) || !path.StartsWith(folder + "/", StringComparison.Ordinal);
        if (!isOutside && !File.Exists(path) && (target == folder || !File.Exists(Path.Combine(target, name)))) throw Missing(name);
        // The link's target may have other data of that name beside it, and ONNX Runtime would read those for what it computes while loading.
        if (target != folder) throw new ModelFormatException("it has external data, but is a link into another folder");
        if (isOutside) throw new ModelFormatException($"its external data '{name}' is outside the folder of the model");
        if (NativeFile.IsSpecial(path)) throw new ModelFormatException($"its external data '{name}' is not a file");
        return MappedFile.Open(path) ?? throw new ModelFormatException($"its external data '{name}' is empty");
    }

    private UnusableFileException Missing(string name)
    {
        string file = Path.GetFileName(model);
        IEnumerable<string> others = Directory.GetFiles(Path.GetDirectoryName(Path.GetFullPath(model))!)
            .Select(path => Path.GetFileName(path))
            .Where(other => other.Contains("data", StringComparison.OrdinalIgnoreCase) || other.EndsWith(".bin", StringComparison.Ordinal))
            .Order(StringComparer.Ordinal)
            .Take(3);
        string found = string.Join(", ", others);
        found = found.Length == 0 ? "" : $" ({found} is there; exporters refer to the file by the name that it had)";
        return new UnusableFileException($"{file}: its external data '{name}' is missing. Copy it beside {file}, under this name{found}.");
    }

    private string PathOf(string name) => Path.Combine(Path.GetDirectoryName(Path.GetFullPath(model))!, name);
}
