namespace Thaw.Onnx.Model;

/// <summary>
/// A model whose large initializers stay where they are in the mapped file, with everything else in memory, to be read and edited: its
/// skeleton. The file stays mapped until this is disposed.
/// </summary>
internal sealed class OnnxModelFile : IDisposable
{
    /// <summary>What protobuf takes at most in one message.</summary>
    private const long LongestMessage = int.MaxValue;

    private readonly RepeatedField<OpsetImport> _opsets = new(OpsetImport.Parse);

    // Fields of the message in the order in which they were read; an empty one stands for the graph or the opsets.
    private readonly List<(int Part, ReadOnlyMemory<byte> Other)> _order = [];

    private OnnxModelFile(string path, MappedFile file)
    {
        Path = path;
        File = file;
    }

    public string Path { get; }

    public MappedFile File { get; }

    public OnnxGraph Graph { get; } = new();

    public List<OpsetImport> Opsets => _opsets.Items;

    /// <summary>Bytes of the initializers that stay in the file.</summary>
    public long MappedBytes { get; private set; }

    /// <summary>Bytes of everything else.</summary>
    public long SkeletonBytes => File.Length - MappedBytes;

    /// <summary>Maps a model and reads its skeleton.</summary>
    /// <param name="smallestMapped">Initializers of so many bytes stay in the file; smaller ones are taken into the skeleton.</param>
    /// <exception cref="ModelFormatException">It is not a model, or of a form that this does not understand.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    public static OnnxModelFile Open(string path, long smallestMapped)
    {
        MappedFile file = MappedFile.Open(path) ?? throw new ModelFormatException("the file is empty");
        var model = new OnnxModelFile(path, file);
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

    /// <summary>The elements' bytes, in whatever form and place they are. Valid until this is disposed; false for text and for tensors in other files.</summary>
    public bool TryRead(OnnxTensor tensor, out ReadOnlySpan<byte> elements)
    {
        if (tensor.Location is not { } location) return TensorValues.TryRead(tensor, out elements);
        bool isHere = location.File is null && location.Length <= Array.MaxLength;
        elements = isHere ? File.Span(location.Offset, (int)location.Length) : default;
        return isHere;
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

    public void Dispose() => File.Dispose();

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
            MappedBytes += mapped?.Location!.Length ?? 0;
        }

        if (SkeletonBytes > LongestMessage / 2) throw new ModelFormatException("too much of it are not initializers in raw_data");

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
            if (!names.Add(tensor.Name)) throw new ModelFormatException($"the initializer {tensor.Name} is there twice");
            Graph.Read(tensor);
        }
    }

    private ReadOnlyMemory<byte> Copy(long start, long end) => File.Span(start, checked((int)(end - start))).ToArray();
}
