using Thaw.Onnx.Linux;

namespace Thaw.Onnx.Format;

/// <summary>The files beside a model that hold its external data, mapped when they are first asked for.</summary>
/// <param name="model">Path of the model file, in whose folder they lie.</param>
internal sealed class DataFiles(string model) : IDisposable
{
    private readonly Dictionary<string, (MappedFile File, FileIdentity? Identity)> _files = new(StringComparer.Ordinal);

    /// <summary>Their paths, and what lay there before it was mapped.</summary>
    public IEnumerable<(string Path, FileIdentity? Identity)> Identities => _files.Select(pair => (PathOf(pair.Key), pair.Value.Identity));

    public IEnumerable<MappedFile> Files => _files.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => pair.Value.File);

    /// <summary>The file that a tensor names.</summary>
    /// <exception cref="ModelFormatException">It is not there, or it lies outside of the model's folder, or the model does behind a link.</exception>
    public MappedFile this[string name] => (_files.TryGetValue(name, out (MappedFile File, FileIdentity? Identity) known) ? known : _files[name] = Open(name)).File;

    public void Dispose()
    {
        foreach ((MappedFile file, _) in _files.Values) file.Dispose();
        _files.Clear();
    }

    private (MappedFile File, FileIdentity? Identity) Open(string name)
    {
        if (name.Contains('\0', StringComparison.Ordinal)) throw new ModelFormatException("the name of its external data holds a zero");
        // ONNX Runtime has the same rule; it says what is wrong when it loads the file itself.
        string folder = NativeFile.RealPath(Path.GetDirectoryName(Path.GetFullPath(model))!), path = NativeFile.RealPath(PathOf(name));
        // Behind a link there may be other data of that name, which ONNX Runtime would read for what it computes while it loads.
        if (Path.GetDirectoryName(NativeFile.RealPath(model)) != folder) throw new ModelFormatException("it is a link to another folder, and has external data");
        if (Path.IsPathRooted(name) || !path.StartsWith(folder + "/", StringComparison.Ordinal)) throw new ModelFormatException($"its external data '{name}' lies outside of its folder");
        if (!File.Exists(path) || NativeFile.IsSpecial(path)) throw new ModelFormatException($"its external data '{name}' is missing");
        FileIdentity? before = NativeFile.Identity(path);
        return (MappedFile.Open(path) ?? throw new ModelFormatException($"its external data '{name}' is empty"), before);
    }

    private string PathOf(string name) => Path.Combine(Path.GetDirectoryName(Path.GetFullPath(model))!, name);
}
