using Thaw.Onnx.Format;
using Thaw.Onnx.Fusion;
using Thaw.Onnx.InPlace;

namespace Thaw.Onnx.Preparing;

/// <summary>
/// A model that is being prepared: fused, with every large weight in one data file, where it can be mapped, aligned and in the order in which
/// the graph reads it, transposed where that makes an unpacked run faster. The original stays as it is, mapped until this is disposed.
/// </summary>
public sealed class ModelPreparation : IDisposable
{
    // A cache line, which the widest vector loads want, and what ONNX Runtime aligns its own tensors to.
    private const int Alignment = 64;

    private readonly OnnxModelFile _model;
    private readonly List<(int Initializer, PlacedWeight Weight)> _placed = [];
    private readonly TokenTables _tables;

    private ModelPreparation(OnnxModelFile model, long smallest)
    {
        _model = model;
        DataFiles = [.. model.Data.Select(file => file.Path)];
        RequireKnownPlaces();
        _tables = new TokenTables(model.Graph);
        Fusion = EncoderFusion.Apply(model);
        if (Fusion.Attentions > 0) MaskPerHead.Apply(model.Graph);
        Fusion = Fusion with { NodesAfter = model.Graph.Nodes.Count };
        var readers = new WeightReaders(model.Graph);
        HashSet<string> transposed = EncoderFusion.HasFunctions(model) ? [] : TransposedWeights.Apply(model, readers, smallest);
        TransposedCount = transposed.Count;
        Place(readers, transposed, smallest);
    }

    public FusionReport Fusion { get; }

    /// <summary>Weights that are written transposed.</summary>
    public int TransposedCount { get; }

    /// <summary>Bytes of the data file; 0 when all weights are so small that they stay in the model.</summary>
    public long DataBytes { get; private set; }

    /// <summary>Whether activations are rounded to integers on the way.</summary>
    public bool IsQuantized => _model.Graph.Nodes.Exists(node => node.OpType is "DynamicQuantizeLinear" or "DynamicQuantizeMatMul" or "QuantizeLinear" or "QAttention");

    /// <summary>Full paths of the files beside the model that its weights were in.</summary>
    public IReadOnlyList<string> DataFiles { get; }

    /// <summary>Reads and rewrites a model.</summary>
    /// <exception cref="ModelPreparationException">It is damaged, or of a form that this cannot rewrite.</exception>
    /// <exception cref="IOException">A file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">A file may not be read.</exception>
    public static ModelPreparation Open(string path) => Open(path, new InPlaceRules().SmallestMapped);

    /// <param name="smallest">Weights of so many bytes go into the data file.</param>
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
        catch (ModelFormatException exception)
        {
            throw new ModelPreparationException(exception.Message);
        }
        finally
        {
            model?.Dispose();
        }
    }

    /// <summary>Rows of the embeddings that the ids of this input are looked up in, as the graph was read; null where none is found.</summary>
    public long? RowsFor(string input) => _tables.RowsFor(input);

    /// <summary>The prepared model, without its large weights.</summary>
    /// <param name="dataFile">Name of the data file, which has to lie beside the model.</param>
    public ReadOnlyMemory<byte> WriteModel(string dataFile)
    {
        foreach ((int index, PlacedWeight weight) in _placed)
        {
            OnnxTensor tensor = _model.Graph.Initializers[index];
            _model.Graph.Initializers[index] = new OnnxTensor
            {
                Name = tensor.Name, ElementType = tensor.ElementType, Dims = tensor.Dims, Location = new TensorLocation(dataFile, weight.Offset, weight.Bytes.Length),
            };
        }

        return _model.Write(ownFile: null);
    }

    /// <summary>Whether the model is what it would be prepared to.</summary>
    public bool IsPrepared()
    {
        if (DataFiles.Count != (_placed.Count > 0 ? 1 : 0)) return false;
        ReadOnlyMemory<byte> prepared = WriteModel(DataFiles.Count == 0 ? "" : Path.GetRelativePath(Path.GetDirectoryName(_model.Path)!, DataFiles[0]));
        return prepared.Length == _model.File.Length && prepared.Span.SequenceEqual(_model.File.Span(0, prepared.Length));
    }

    /// <summary>Writes the data file.</summary>
    /// <param name="written">Told of so many bytes now and then; may throw.</param>
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

    /// <summary>Files that other tensors than the graph's initializers are in would get lost.</summary>
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
                    if (reader.Is(Fields.Graph.Initializer, WireType.Bytes) && OnnxTensor.Parse(reader.Content) is { Location.File: { } place }) throw Elsewhere(place);
                }
            }
        }

        static ModelPreparationException Elsewhere(string file) => new($"a tensor of a node or a subgraph is in the file {file}; only initializers of the main graph may be in other files");
    }

    private void Place(WeightReaders readers, HashSet<string> transposed, long smallest)
    {
        List<OnnxTensor> initializers = _model.Graph.Initializers;
        Dictionary<string, int> indices = [];
        for (int i = 0; i < initializers.Count; i++) indices.Add(initializers[i].Name, i);
        // Those that only subgraphs read come last.
        foreach (string name in readers.InOrder.Union(indices.Keys))
        {
            OnnxTensor tensor = initializers[indices[name]];
            if (Find(tensor) is not { } bytes || bytes.Length < smallest) continue;
            long offset = (DataBytes + Alignment - 1) / Alignment * Alignment;
            _placed.Add((indices[name], new PlacedWeight(bytes, offset, transposed.Contains(name) ? tensor.Dims[0] : 0)));
            DataBytes = offset + bytes.Length;
        }
    }

    /// <summary>The elements' bytes; null for text and for forms that external data does not have.</summary>
    private WeightBytes? Find(OnnxTensor tensor)
    {
        if (tensor.Location is { } location) return new WeightBytes(_model.FileOf(location), location.Offset, location.Length);
        if (!TensorValues.TryRead(tensor, out ReadOnlySpan<byte> elements) || elements.Length != MappedInitializer.ByteLength(tensor.ElementType, tensor.Dims)) return null;
        return new WeightBytes(tensor.RawData ?? elements.ToArray());
    }
}
