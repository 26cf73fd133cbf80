using System.Runtime.InteropServices;
using Thaw.Onnx.Linux;

namespace Thaw.Onnx.Format;

/// <summary>
/// An ONNX model whose large initializers stay in the mapped file. Everything else, its skeleton, is in memory to be read and edited.
/// The file stays mapped until this is disposed.
/// </summary>
internal sealed class OnnxModelFile : IDisposable
{
    // The skeleton is copied before any memory is reserved for it. Encoders have a few MB besides their weights.
    private const long LargestSkeleton = 64 << 20;

    private readonly RepeatedField<OpsetImport> _opsets = new(OpsetImport.Parse);

    // The message's fields in the order in which they were read; an empty one marks the place of the graph or of the opsets.
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

    /// <summary>Files beside the model that hold external data of its initializers, with their identities when they were opened.</summary>
    public IEnumerable<(string Path, FileIdentity? Identity)> Data => _data.Identities;

    /// <summary>The model's file, and the files that <see cref="Data"/> names.</summary>
    public IEnumerable<MappedFile> Files => [File, .. _data.Files];

    /// <summary>Bytes of the initializers that stay in the model's file or in the data files.</summary>
    public long MappedBytes { get; private set; }

    /// <summary>Bytes of everything else in the model's file.</summary>
    public long SkeletonBytes => File.Length - _ownMappedBytes;

    /// <summary>Maps a model and reads its skeleton.</summary>
    /// <param name="smallestMapped">The fewest bytes of an initializer that stays in the file; smaller ones become part of the skeleton.</param>
    /// <exception cref="ModelFormatException">It is not an ONNX model, or in a form that this class does not understand.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    public static OnnxModelFile Open(string path, long smallestMapped)
    {
        MappedFile file = MappedFile.Open(path) ?? throw new ModelFormatException("the file is empty");
        return Read(file, smallestMapped);
    }

    /// <summary>Reads the skeleton of a model that is already mapped. Takes ownership of the file, even if this throws.</summary>
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

    /// <summary>The address of a tensor's bytes in memory, valid until this is disposed.</summary>
    public nint AddressOf(TensorLocation location) => FileOf(location).AddressOf(location.Offset);

    /// <summary>The bytes of a tensor's elements, wherever and in whichever form they are stored; valid until this is disposed. False for text, and for
    /// more bytes than a span can hold.</summary>
    public bool TryRead(OnnxTensor tensor, out ReadOnlySpan<byte> elements)
    {
        if (tensor.Location is not { } location) return TensorValues.TryRead(tensor, out elements);
        long length = tensor.WidenedFrom is null ? location.Length : location.Length / TensorValues.HalfBytes * sizeof(float);
        bool fits = length <= Array.MaxLength;
        elements = fits ? FileOf(location).Span(location.Offset, (int)location.Length) : default;
        if (!fits || tensor.WidenedFrom is not { } type) return fits;
        var widened = new byte[length];
        TensorValues.Widen(type, elements, MemoryMarshal.Cast<byte, float>(widened.AsSpan()));
        elements = widened;
        return true;
    }

    /// <summary>Encodes the model with its mapped initializers as external data.</summary>
    /// <param name="ownFile">Name of the model file, used as the location of external data; null if no initializer stays in it.</param>
    public ReadOnlyMemory<byte> Write(string? ownFile)
    {
        // Each mapped initializer needs some bytes for its location, in addition to the skeleton.
        var writer = new ProtoWriter((int)Math.Min(SkeletonBytes + (128L * Graph.Initializers.Count), Array.MaxLength));
        foreach ((int part, ReadOnlyMemory<byte> other) in _order)
        {
            if (part == Fields.Model.Graph) Graph.Write(writer, ownFile);
            else if (part == Fields.Model.OpsetImport) _opsets.Write(writer, part, opset => opset.Write(writer));
            else writer.Raw(other.Span);
        }

        return writer.Written;
    }

    /// <summary>Imports a set of operators, unless the model already does.</summary>
    public void AddOpset(string domain, long version)
    {
        if (!Opsets.Exists(opset => opset.Domain == domain)) Opsets.Add(OpsetImport.Of(domain, version));
    }

    /// <summary>The file that holds a tensor's bytes.</summary>
    public MappedFile FileOf(TensorLocation location) => location.File is null ? File : _data[location.File];

    public void Dispose()
    {
        File.Dispose();
        _data.Dispose();
    }

    private void Read(long smallestMapped)
    {
        // The first pass finds out how much would be copied, before anything is.
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

        if (SkeletonBytes > LargestSkeleton) throw new ModelFormatException("too much of the file is not stored as raw_data initializers");

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
            if (!names.Add(tensor.Name)) throw new ModelFormatException($"it has two initializers named {tensor.Name}");
            Graph.Read(tensor);
        }
    }

    /// <summary>Locates a tensor's external data: large tensors stay in the data file, small ones are copied.</summary>
    private OnnxTensor ReadExternal(OnnxTensor tensor, TensorLocation location, long smallestMapped)
    {
        long length = MappedInitializer.ByteLength(tensor.ElementType, tensor.Dims), available = FileOf(location).Length - location.Offset;
        // 0 means that the length is not stated.
        if (length < 0 || length > available || (location.Length != 0 && location.Length != length))
            throw new ModelFormatException($"the external data of {tensor.Name} does not have the size of the tensor");
        location = location with { Length = length };
        if (length >= smallestMapped)
        {
            MappedBytes += length;
            return tensor with { Location = location };
        }

        // Many tensors may share the same bytes of a file.
        if ((_takenInBytes += length) > LargestSkeleton) throw new ModelFormatException("too much of its external data is in small tensors");
        return tensor with { Location = null, RawData = FileOf(location).Span(location.Offset, (int)length).ToArray(), Rest = default };
    }

    private ReadOnlyMemory<byte> Copy(long start, long end) => File.Span(start, checked((int)(end - start))).ToArray();
}
