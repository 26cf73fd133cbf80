namespace Thaw.Onnx.Model;

/// <summary>The files beside a model that hold its external data, mapped when they are first asked for.</summary>
/// <param name="model">Path of the model file, in whose folder they lie.</param>
internal sealed class DataFiles(string model) : IDisposable
{
    private readonly Dictionary<string, MappedFile> _files = new(StringComparer.Ordinal);

    /// <summary>Their paths.</summary>
    public IEnumerable<string> Paths => _files.Keys.Select(PathOf);

    public IEnumerable<MappedFile> Files => _files.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => pair.Value);

    /// <summary>The file that a tensor names.</summary>
    /// <exception cref="ModelFormatException">It is not there, or it lies outside of the model's folder, or the model does behind a link.</exception>
    public MappedFile this[string name] => _files.TryGetValue(name, out MappedFile? file) ? file : _files[name] = Open(name);

    public void Dispose()
    {
        foreach (MappedFile file in _files.Values) file.Dispose();
        _files.Clear();
    }

    private MappedFile Open(string name)
    {
        if (name.Contains('\0', StringComparison.Ordinal)) throw new ModelFormatException("the name of its external data holds a zero");
        // ONNX Runtime has the same rule; it says what is wrong when it loads the file itself.
        string folder = NativeFile.RealPath(Path.GetDirectoryName(Path.GetFullPath(model))!), path = NativeFile.RealPath(PathOf(name));
        // Behind a link there may be other data of that name, which ONNX Runtime would read for what it computes while it loads.
        if (Path.GetDirectoryName(NativeFile.RealPath(model)) != folder) throw new ModelFormatException("it is a link to another folder, and has external data");
        if (Path.IsPathRooted(name) || !path.StartsWith(folder + "/", StringComparison.Ordinal)) throw new ModelFormatException($"its external data '{name}' lies outside of its folder");
        if (!File.Exists(path) || NativeFile.IsSpecial(path)) throw new ModelFormatException($"its external data '{name}' is missing");
        return MappedFile.Open(path) ?? throw new ModelFormatException($"its external data '{name}' is empty");
    }

    private string PathOf(string name) => Path.Combine(Path.GetDirectoryName(Path.GetFullPath(model))!, name);
}
