using Thaw.Onnx.Format;
using Thaw.Onnx.Fusion;
using Thaw.Onnx.InPlace;
using Thaw.Onnx.Linux;
using Thaw.Onnx.Traits;

namespace Thaw.Onnx.Preparing;

/// <summary>
/// An ONNX model that is being prepared: its graph is fused, and its large weights go into one data file that can be mapped, aligned and in the
/// order in which the graph reads them, transposed where that makes an unpacked run faster. The original is not changed; it stays mapped until
/// this is disposed.
/// </summary>
public sealed class ModelPreparation : IDisposable
{
    // In bytes: a cache line, the width of the widest vector loads, and ONNX Runtime's alignment for its own tensors.
    private const int Alignment = 64;

    private readonly OnnxModelFile _model;
    private readonly List<(int Initializer, PlacedWeight Weight)> _placed = [];

    private ModelPreparation(OnnxModelFile model, long smallest)
    {
        _model = model;
        DataFiles = [.. model.Data.Select(file => file.Path)];
        RequireKnownPlaces();
        Traits = TraitFinder.Find(model.Graph, model.TryRead);
        // A graph that stays in float16 is prepared like that.
        _ = Float32Graph.Apply(model);
        IsWidened = model.Graph.Initializers.Exists(tensor => tensor.WidenedFrom is not null);
        Fusion = EncoderFusion.Apply(model);
        if (Fusion.Attentions > 0) MaskPerHead.Apply(model.Graph);
        Fusion = Fusion with { NodesAfter = model.Graph.Nodes.Count };
        var readers = new WeightReaders(model.Graph);
        HashSet<string> transposed = EncoderFusion.HasFunctions(model) ? [] : WeightTransposition.Apply(model, readers, smallest);
        TransposedCount = transposed.Count;
        Place(readers, transposed, smallest);
    }

    public FusionReport Fusion { get; }

    /// <summary>Weights that are written transposed.</summary>
    public int TransposedCount { get; }

    /// <summary>Bytes of the data file; 0 if all weights are small enough to stay in the model file.</summary>
    public long DataBytes { get; private set; }

    /// <summary>Whether a run rounds activations to integers.</summary>
    public bool IsQuantized =>
        _model.Graph.Nodes.Exists(node => node.OpType is "DynamicQuantizeLinear" or "DynamicQuantizeMatMul" or "QuantizeLinear" or "QAttention");

    /// <summary>Whether weights are float16 or bfloat16 in the original and float32 in the prepared model, which rounds less.</summary>
    public bool IsWidened { get; }

    /// <summary>Full paths of the files beside the original model that hold its external data.</summary>
    public IReadOnlyList<string> DataFiles { get; }

    /// <summary>Reads and rewrites an ONNX model.</summary>
    /// <exception cref="ModelPreparationException">It is damaged, or in a form that cannot be rewritten.</exception>
    /// <exception cref="IOException">A file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">A file may not be read.</exception>
    public static ModelPreparation Open(string path) => Open(path, new InPlaceRules().SmallestMapped);

    /// <param name="smallest">The fewest bytes of a weight that goes into the data file.</param>
    internal static ModelPreparation Open(string path, long smallest)
    {
        OnnxModelFile? model = null;
        try
        {
            model = OnnxModelFile.Open(path, smallest);
            var preparation = new ModelPreparation(model, smallest);
            model = null;
            return preparation;
        }
        catch (Exception exception) when (exception is ModelFormatException or UnusableFileException)
        {
            throw new ModelPreparationException(exception.Message);
        }
        finally
        {
            model?.Dispose();
        }
    }

    /// <summary>What the original graph says about the texts that it takes; null if that is not known.</summary>
    public GraphTraits? Traits { get; }

    /// <summary>The prepared model, without its large weights.</summary>
    /// <param name="dataFile">Name of the data file, which must be in the same folder as the model.</param>
    public ReadOnlyMemory<byte> WriteModel(string dataFile)
    {
        foreach ((int index, PlacedWeight weight) in _placed)
        {
            OnnxTensor tensor = _model.Graph.Initializers[index];
            _model.Graph.Initializers[index] = new OnnxTensor
            {
                Name = tensor.Name, ElementType = tensor.ElementType, Dims = tensor.Dims,
                Location = new TensorLocation(dataFile, weight.Offset, weight.Bytes.Length),
            };
        }

        return _model.Write(ownFile: null);
    }

    /// <summary>Whether the model is prepared already: preparing it would give the same file.</summary>
    public bool IsPrepared()
    {
        if (DataFiles.Count != (_placed.Count > 0 ? 1 : 0)) return false;
        ReadOnlyMemory<byte> prepared = WriteModel(DataFiles.Count == 0 ? "" : Path.GetRelativePath(Path.GetDirectoryName(_model.Path)!, DataFiles[0]));
        return prepared.Length == _model.File.Length && prepared.Span.SequenceEqual(_model.File.Span(0, prepared.Length));
    }

    /// <summary>Writes the data file.</summary>
    /// <param name="written">Called after each part with its number of bytes; may throw.</param>
    public void WriteData(Stream stream, Action<long> written)
    {
        long at = 0;
        Span<byte> padding = stackalloc byte[Alignment];
        padding.Clear();
        foreach ((_, PlacedWeight weight) in _placed)
        {
            stream.Write(padding[..(int)(weight.Offset - at)]);
            weight.WriteTo(stream, written);
            at = weight.Offset + weight.Bytes.Length;
        }
    }

    public void Dispose() => _model.Dispose();

    /// <summary>Refuses external data of tensors other than the graph's initializers: the prepared model would lose them.</summary>
    private void RequireKnownPlaces()
    {
        foreach (OnnxNode node in _model.Graph.Nodes) RequireNoPlace(node);
    }

    private static void RequireNoPlace(OnnxNode node)
    {
        foreach (OnnxAttribute attribute in node.Attributes)
        {
            if (attribute.Tensor is { Location.File: { } file }) throw Elsewhere(file);
            foreach (ReadOnlyMemory<byte> graph in attribute.Graphs)
            {
                var reader = new FieldReader(graph);
                while (reader.Next())
                {
                    if (reader.Is(Fields.Graph.Node, WireType.Bytes)) RequireNoPlace(OnnxNode.Parse(reader.Content));
                    if (reader.Is(Fields.Graph.Initializer, WireType.Bytes) && OnnxTensor.Parse(reader.Content) is { Location.File: { } place })
                        throw Elsewhere(place);
                }
            }
        }

        static ModelPreparationException Elsewhere(string file) =>
            new($"a tensor of a node or a subgraph is stored in the file {file}; only initializers of the main graph may have external data");
    }

    private void Place(WeightReaders readers, HashSet<string> transposed, long smallest)
    {
        List<OnnxTensor> initializers = _model.Graph.Initializers;
        Dictionary<string, int> indices = [];
        for (int i = 0; i < initializers.Count; i++) indices.Add(initializers[i].Name, i);
        // Weights that only subgraphs read come last.
        foreach (string name in readers.InOrder.Union(indices.Keys))
        {
            OnnxTensor tensor = initializers[indices[name]];
            if (Find(tensor) is not { } bytes || bytes.Length < smallest) continue;
            long offset = (DataBytes + Alignment - 1) / Alignment * Alignment;
            _placed.Add((indices[name], new PlacedWeight(bytes, offset, transposed.Contains(name) ? tensor.Dims[0] : 0)));
            DataBytes = offset + bytes.Length;
        }
    }

    /// <summary>The bytes of a tensor's elements; null for text, and for forms that external data cannot have.</summary>
    private WeightBytes? Find(OnnxTensor tensor)
    {
        if (tensor.Location is { } location) return new WeightBytes(_model.FileOf(location), location.Offset, location.Length, tensor.WidenedFrom);
        if (!TensorValues.TryRead(tensor, out ReadOnlySpan<byte> elements)) return null;
        bool isComplete = elements.Length == MappedInitializer.ByteLength(tensor.ElementType, tensor.Dims);
        return isComplete ? new WeightBytes(tensor.RawData ?? elements.ToArray()) : null;
    }
}
