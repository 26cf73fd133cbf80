using Thaw.Onnx.Model;

namespace Thaw.Onnx.Preparing;

/// <summary>Finds the elements of a model's initializers, in memory, in the model's file or in other files, which it maps.</summary>
internal sealed class WeightFiles(OnnxModelFile model) : IDisposable
{
    private readonly string _folder = Path.GetDirectoryName(Path.GetFullPath(model.Path))!;
    private readonly Dictionary<string, MappedFile> _files = [];

    /// <summary>Full paths of the other files.</summary>
    public IReadOnlyCollection<string> Paths => _files.Keys;

    /// <summary>The elements' bytes; null for text and for forms that external data does not have.</summary>
    /// <exception cref="ModelPreparationException">A file is not there, or too short.</exception>
    public WeightBytes? Find(OnnxTensor tensor)
    {
        long length = MappedInitializer.ByteLength(tensor.ElementType, tensor.Dims);
        if (length < 0) return null;
        if (tensor.Location is null)
            return TensorValues.TryRead(tensor, out ReadOnlySpan<byte> elements) && elements.Length == length ? new WeightBytes(tensor.RawData ?? elements.ToArray()) : null;
        MappedFile? file = tensor.Location.File is { } name ? Open(tensor, name) : model.File;
        // A tensor in another file that names no length has as many bytes as its dimensions say.
        bool fits = tensor.Location.Length == length || (tensor.Location is { File: not null, Length: 0 });
        if (!fits || length > (file?.Length ?? 0) - tensor.Location.Offset)
            throw new ModelPreparationException($"the {length} bytes of the weight {tensor.Name} are not in {tensor.Location.File ?? "the file"}");
        return length == 0 ? new WeightBytes(ReadOnlyMemory<byte>.Empty) : new WeightBytes(file!, tensor.Location.Offset, length);
    }

    public void Dispose()
    {
        foreach (MappedFile file in _files.Values) file.Dispose();
    }

    private MappedFile? Open(OnnxTensor tensor, string name)
    {
        string path = Path.GetFullPath(Path.Combine(_folder, name));
        if (!path.StartsWith(_folder.TrimEnd('/') + "/", StringComparison.Ordinal))
            throw new ModelPreparationException($"the weight {tensor.Name} is in {name}, outside of the model's folder");
        if (_files.TryGetValue(path, out MappedFile? file)) return file;
        if (!File.Exists(path)) throw new ModelPreparationException($"the weight {tensor.Name} is in {name}, which does not exist");
        file = MappedFile.Open(path);
        if (file is not null) _files.Add(path, file);
        return file;
    }
}
