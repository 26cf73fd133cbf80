using Thaw.Onnx.Linux;

namespace Thaw.Onnx.Format;

/// <summary>
/// A model whose large initializers stay where they are in the mapped file, with everything else in memory, to be read and edited: its
/// skeleton. The file stays mapped until this is disposed.
/// </summary>
internal sealed class OnnxModelFile : IDisposable
{
    // What is copied before anybody has reserved memory for it. Encoders have a few MB beside their weights.
    private const long LargestSkeleton = 64 << 20;

    private readonly RepeatedField<OpsetImport> _opsets = new(OpsetImport.Parse);

    // Fields of the message in the order in which they were read; an empty one stands for the graph or the opsets.
    private readonly List<(int Part, ReadOnlyMemory<byte> Other)> _order = [];

    private readonly DataFiles _data;
    private long _ownMappedBytes, _takenInBytes;

    private OnnxModelFile(string path, MappedFile file)
    {
        Path = path;
        File = file;
        _data = new DataFiles(path);
    }

    public string Path { get; }

    public MappedFile File { get; }

    public OnnxGraph Graph { get; } = new();

    public List<OpsetImport> Opsets => _opsets.Items;

    /// <summary>Files beside it that hold external data of its initializers, as they were before they were mapped.</summary>
    public IEnumerable<(string Path, FileIdentity? Identity)> Data => _data.Identities;

    /// <summary>The model's file, and those that <see cref="Data"/> names.</summary>
    public IEnumerable<MappedFile> Files => [File, .. _data.Files];

    /// <summary>Bytes of the initializers that stay in the file, or in others beside it.</summary>
    public long MappedBytes { get; private set; }

    /// <summary>Bytes of everything else in the file.</summary>
    public long SkeletonBytes => File.Length - _ownMappedBytes;

    /// <summary>Maps a model and reads its skeleton.</summary>
    /// <param name="smallestMapped">Initializers of so many bytes stay in the file; smaller ones are taken into the skeleton.</param>
    /// <exception cref="ModelFormatException">It is not a model, or of a form that this does not understand.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    public static OnnxModelFile Open(string path, long smallestMapped)
    {
        MappedFile file = MappedFile.Open(path) ?? throw new ModelFormatException("the file is empty");
        return Read(file, smallestMapped);
    }

    /// <summary>Reads the skeleton of a model that is mapped already. The file belongs to the model from here on, also when this throws.</summary>
    /// <inheritdoc cref="Open"/>
    public static OnnxModelFile Read(MappedFile file, long smallestMapped)
    {
        var model = new OnnxModelFile(file.Path, file);
        try
        {
            model.Read(smallestMapped);
            return model;
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    /// <summary>Where the bytes of a tensor lie in memory, until this is disposed.</summary>
    public nint AddressOf(TensorLocation location) => FileOf(location).AddressOf(location.Offset);

    /// <summary>The elements' bytes, in whatever form and place they are. Valid until this is disposed; false for text and for more than a span holds.</summary>
    public bool TryRead(OnnxTensor tensor, out ReadOnlySpan<byte> elements)
    {
        if (tensor.Location is not { } location) return TensorValues.TryRead(tensor, out elements);
        bool fits = location.Length <= Array.MaxLength;
        elements = fits ? FileOf(location).Span(location.Offset, (int)location.Length) : default;
        return fits;
    }

    /// <summary>The model with its mapped initializers as external data.</summary>
    /// <param name="ownFile">What names the file as the place of external data; null for a model that has none there.</param>
    public ReadOnlyMemory<byte> Write(string? ownFile)
    {
        // What is said about each mapped initializer comes on top of the rest.
        var writer = new ProtoWriter((int)Math.Min(SkeletonBytes + (128L * Graph.Initializers.Count), Array.MaxLength));
        foreach ((int part, ReadOnlyMemory<byte> other) in _order)
        {
            if (part == Fields.Model.Graph) Graph.Write(writer, ownFile);
            else if (part == Fields.Model.OpsetImport) _opsets.Write(writer, part, opset => opset.Write(writer));
            else writer.Raw(other.Span);
        }

        return writer.Written;
    }

    /// <summary>The file that a tensor lies in.</summary>
    public MappedFile FileOf(TensorLocation location) => location.File is null ? File : _data[location.File];

    public void Dispose()
    {
        File.Dispose();
        _data.Dispose();
    }

    private void Read(long smallestMapped)
    {
        // A first pass finds out how much would have to be copied before any of it is.
        List<FileField> outer = [.. FileField.Walk(File, 0, File.Length)];
        FileField[] graphs = [.. outer.Where(field => field.Is(Fields.Model.Graph))];
        if (graphs.Length != 1) throw new ModelFormatException($"it has {graphs.Length} graphs");
        List<(FileField Field, OnnxTensor? Mapped)> inner = [];
        foreach (FileField field in FileField.Walk(File, graphs[0].Content, graphs[0].End))
        {
            OnnxTensor? mapped = field.Is(Fields.Graph.Initializer) ? MappedInitializer.TryRead(File, field, smallestMapped) : null;
            inner.Add((field, mapped));
            _ownMappedBytes += mapped?.Location!.Length ?? 0;
        }

        MappedBytes = _ownMappedBytes;

        if (SkeletonBytes > LargestSkeleton) throw new ModelFormatException("too much of it are not initializers in raw_data");

        foreach (FileField field in outer)
        {
            if (field == graphs[0])
            {
                _order.Add((Fields.Model.Graph, default));
            }
            else if (field.Is(Fields.Model.OpsetImport))
            {
                if (!_order.Exists(entry => entry.Part == Fields.Model.OpsetImport)) _order.Add((Fields.Model.OpsetImport, default));
                _opsets.Add(Copy(field.Content, field.End));
            }
            else
            {
                _order.Add((0, Copy(field.Start, field.End)));
            }
        }

        HashSet<string> names = [];
        foreach ((FileField field, OnnxTensor? mapped) in inner)
        {
            if (!field.Is(Fields.Graph.Initializer))
            {
                Graph.Read(field.Field, Copy(field.Start, field.End));
                continue;
            }

            OnnxTensor tensor = mapped ?? OnnxTensor.Parse(Copy(field.Content, field.End));
            if (tensor.Location is { File: not null } location) tensor = ReadExternal(tensor, location, smallestMapped);
            if (!names.Add(tensor.Name)) throw new ModelFormatException($"the initializer {tensor.Name} is there twice");
            Graph.Read(tensor);
        }
    }

    /// <summary>Finds external data in its file: large tensors stay there, small ones are taken in.</summary>
    private OnnxTensor ReadExternal(OnnxTensor tensor, TensorLocation location, long smallestMapped)
    {
        long length = MappedInitializer.ByteLength(tensor.ElementType, tensor.Dims), available = FileOf(location).Length - location.Offset;
        // Zero stands for a length that is not given.
        if (length < 0 || length > available || (location.Length != 0 && location.Length != length))
            throw new ModelFormatException($"the external data of {tensor.Name} is not of its size");
        location = location with { Length = length };
        if (length >= smallestMapped)
        {
            MappedBytes += length;
            return tensor with { Location = location };
        }

        // Many may share one place of a file.
        if ((_takenInBytes += length) > LargestSkeleton) throw new ModelFormatException("too much of its external data is in small tensors");
        return tensor with { Location = null, RawData = FileOf(location).Span(location.Offset, (int)length).ToArray(), Rest = default };
    }

    private ReadOnlyMemory<byte> Copy(long start, long end) => File.Span(start, checked((int)(end - start))).ToArray();
}
