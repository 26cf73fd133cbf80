using System.IO.Hashing;
using System.Runtime.InteropServices;
using System.Text;
using Thaw.Onnx.Linux;

namespace Thaw.Onnx.Format;

/// <summary>
/// What a load needs of an ONNX model whose structure is known already: where its initializers are, and a hash of everything else. Nothing is
/// copied, and no node is parsed. The files stay mapped until this is disposed.
/// </summary>
internal sealed class ModelOutline : IDisposable
{
    // Fields of a model that change nothing of what it computes.
    private static readonly HashSet<int> Remarks =
    [
        Fields.Model.ProducerName, Fields.Model.ProducerVersion, Fields.Model.Domain, Fields.Model.ModelVersion, Fields.Model.DocString,
        Fields.Model.MetadataProps, Fields.Model.TrainingInfo,
    ];

    // In bytes; encoders have a few KB in forms that must be copied.
    private const long LargestCopies = 4 << 20;

    private readonly long _seed;
    private readonly XxHash128 _hash;
    private readonly List<OnnxTensor> _initializers = [];
    private readonly DataFiles _data;
    private long _copiedBytes;

    private ModelOutline(MappedFile file, long seed)
    {
        (File, _seed, _hash) = (file, seed, new XxHash128(seed));
        _data = new DataFiles(file.Path);
    }

    public MappedFile File { get; }

    /// <summary>In the order of the file. Elements in raw_data or in a data file have a location; other forms are copied.</summary>
    public IReadOnlyList<OnnxTensor> Initializers => _initializers;

    /// <summary>A hash of everything except the initializers' elements.</summary>
    public UInt128 Structure { get; private set; }

    /// <summary>The model's file, and those that hold its external data.</summary>
    public IEnumerable<MappedFile> Files => [File, .. _data.Files];

    /// <summary>The files' paths, and their identities when they were opened to be mapped.</summary>
    public IEnumerable<(string Path, FileIdentity? Identity)> Identities => [(File.Path, File.Identity), .. _data.Identities];

    /// <summary>Maps a model and reads its outline.</summary>
    /// <param name="seed">Of the hashes. Who does not know it cannot make two structures with the same hash.</param>
    /// <exception cref="ModelFormatException">It is not an ONNX model.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    public static ModelOutline Open(string path, long seed) =>
        Read(MappedFile.Open(path) ?? throw new ModelFormatException("the file is empty"), seed);

    /// <summary>Reads the outline of a model that is already mapped.</summary>
    /// <param name="file">Owned by the outline, even if this throws.</param>
    /// <param name="seed">See <see cref="Open"/>.</param>
    /// <exception cref="ModelFormatException">It is not an ONNX model.</exception>
    public static ModelOutline Read(MappedFile file, long seed)
    {
        var outline = new ModelOutline(file, seed);
        try
        {
            outline.Read();
            return outline;
        }
        catch
        {
            outline.Dispose();
            throw;
        }
    }

    /// <summary>The file that holds a tensor's elements.</summary>
    public MappedFile FileOf(TensorLocation location) => location.File is null ? File : _data[location.File];

    /// <summary>Whether one of the files was replaced or modified since it was mapped.</summary>
    public bool IsChanged() => Identities.Any(file => file.Identity is null || file.Identity != NativeFile.Identity(file.Path));

    /// <summary>A hash of these initializers' elements, with their types and dimensions.</summary>
    /// <param name="initializers">Positions in <see cref="Initializers"/>.</param>
    public UInt128 HashElements(IEnumerable<int> initializers)
    {
        var hash = new XxHash128(_seed);
        foreach (int index in initializers)
        {
            OnnxTensor tensor = Initializers[index];
            ReadOnlySpan<byte> elements = default;
            if (tensor.Location is null) _ = TensorValues.TryRead(tensor, out elements);
            hash.Append(MemoryMarshal.AsBytes<long>([tensor.Location?.Length ?? elements.Length]));
            if (tensor.Location is { } location) Append(hash, FileOf(location), location.Offset, location.Offset + location.Length);
            else hash.Append(elements);
        }

        return hash.GetCurrentHashAsUInt128();
    }

    public void Dispose()
    {
        File.Dispose();
        _data.Dispose();
    }

    private void Read()
    {
        int graphs = 0;
        foreach (FileField field in FileField.Walk(File, 0, File.Length))
        {
            if (!field.Is(Fields.Model.Graph))
            {
                if (!Remarks.Contains(field.Field.Number)) Append(_hash, File, field.Start, field.End);
            }
            else if (++graphs == 1)
            {
                ReadGraph(field);
            }
        }

        if (graphs != 1) throw new ModelFormatException($"it has {graphs} graphs");
        Structure = _hash.GetCurrentHashAsUInt128();
    }

    private void ReadGraph(FileField graph)
    {
        // Where initializers are far apart, reading what is around their beginnings from the disk takes longer than reading these.
        const int FarApart = 128 << 10;
        bool readsAround = true;
        // Fields that follow one another are hashed together.
        long start = graph.Content;
        foreach (FileField field in FileField.Walk(File, graph.Content, graph.End))
        {
            bool isInitializer = field.Is(Fields.Graph.Initializer);
            if (!isInitializer && field.Field.Number is not (Fields.Graph.Name or Fields.Graph.DocString or Fields.Graph.MetadataProps)) continue;
            Append(_hash, File, start, field.Start);
            start = field.End;
            if (!isInitializer) continue;
            ReadInitializer(field);
            if (readsAround && field.End - field.Start >= FarApart) File.ReadAround(readsAround = false);
        }

        Append(_hash, File, start, graph.End);
        if (!readsAround) File.ReadAround(true);
    }

    private void ReadInitializer(FileField field)
    {
        OnnxTensor tensor = MappedInitializer.TryRead(File, field, smallest: 1) ?? Copy(field);
        if (tensor.Location is { File: not null } external)
        {
            long length = MappedInitializer.ByteLength(tensor.ElementType, tensor.Dims);
            // 0 means that the length is not stated.
            if (length < 0 || length > FileOf(external).Length - external.Offset || (external.Length != 0 && external.Length != length))
                throw new ModelFormatException($"the external data of {tensor.Name} does not have the size of the tensor");
            tensor = tensor with { Location = external with { Length = length } };
        }

        _initializers.Add(tensor);
        _hash.Append(MemoryMarshal.AsBytes<long>([Fields.Graph.Initializer, (long)tensor.ElementType, tensor.Dims.Count, .. tensor.Dims, tensor.Name.Length]));
        _hash.Append(Encoding.UTF8.GetBytes(tensor.Name));
        // What cannot be read as elements of whole bytes, such as text, is part of the structure.
        bool isReadable = MappedInitializer.ByteLength(tensor.ElementType, tensor.Dims) >= 0 && TensorValues.TryRead(tensor, out _);
        if (tensor.Location is null && !isReadable) Append(_hash, File, field.Start, field.End);
    }

    private OnnxTensor Copy(FileField initializer)
    {
        if ((_copiedBytes += initializer.Field.ContentLength) > LargestCopies)
            throw new ModelFormatException("too much of the file is not stored as raw_data initializers");
        return OnnxTensor.Parse(File.Span(initializer.Content, (int)initializer.Field.ContentLength).ToArray());
    }

    private static void Append(XxHash128 hash, MappedFile file, long start, long end)
    {
        const int LongestPart = 1 << 30;
        for (long at = start; at < end; at += LongestPart) hash.Append(file.Span(at, (int)Math.Min(LongestPart, end - at)));
    }
}
