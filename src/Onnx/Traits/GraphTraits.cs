using Thaw.Onnx.Format;

namespace Thaw.Onnx.Traits;

/// <summary>What a graph says about the texts that it takes and the numbers that it gives, beyond the shapes that it declares. Immutable.</summary>
public sealed record GraphTraits
{
    // Larger initializers are not copied; of them only type and dimensions count.
    private const int LargestCopied = 64 << 10;

    public required IReadOnlyList<InputTraits> Inputs { get; init; }

    /// <summary>The most tokens for which its tables of positions have rows; null if it does not say.</summary>
    public required int? MaxTokens { get; init; }

    /// <summary>Empty for a graph that takes any number of texts and tokens.</summary>
    public required IReadOnlyList<FixedSize> FixedSizes { get; init; }

    /// <summary>For each output, in the order of the graph, what it ends in.</summary>
    public required IReadOnlyList<OutputFunction> Functions { get; init; }

    /// <summary>Whether a run quantizes the values of all its texts with one scale (dynamic quantization), so that a text's answer depends a little on
    /// the texts that it runs with.</summary>
    public required bool QuantizesTogether { get; init; }

    public InputTraits? Of(string input) => Inputs.FirstOrDefault(traits => traits.Name == input);

    /// <summary>Reads the graph of a file, and of its weights only the types and dimensions; null if it is damaged.</summary>
    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    public static GraphTraits? TryRead(string path)
    {
        try
        {
            using MappedFile? file = MappedFile.Open(path);
            if (file is null) return null;
            using var data = new DataFiles(path);
            return TraitFinder.Find(ReadGraph(file), (OnnxTensor tensor, out ReadOnlySpan<byte> elements) => TryRead(data, tensor, out elements));
        }
        catch (ModelFormatException)
        {
            return null;
        }
    }

    private static bool TryRead(DataFiles data, OnnxTensor tensor, out ReadOnlySpan<byte> elements)
    {
        if (tensor.Location is not { File: { } name } location) return TensorValues.TryRead(tensor, out elements);
        elements = default;
        MappedFile file;
        try
        {
            file = data[name];
        }
        catch (ModelFormatException)
        {
            // It is where only ONNX Runtime finds it.
            return false;
        }

        long length = MappedInitializer.ByteLength(tensor.ElementType, tensor.Dims);
        bool fits = length is >= 0 and <= int.MaxValue && location.Offset >= 0 && length <= file.Length - location.Offset;
        elements = fits ? file.Span(location.Offset, (int)length) : default;
        return fits;
    }

    private static OnnxGraph ReadGraph(MappedFile file)
    {
        var graph = new OnnxGraph();
        foreach (FileField outer in FileField.Walk(file, 0, file.Length).Where(field => field.Is(Fields.Model.Graph)))
        {
            foreach (FileField field in FileField.Walk(file, outer.Content, outer.End))
            {
                if (field.Is(Fields.Graph.Initializer)) graph.Read(ReadInitializer(file, field));
                else graph.Read(field.Field, Copy(file, field.Start, field.End));
            }
        }

        return graph;
    }

    private static OnnxTensor ReadInitializer(MappedFile file, FileField initializer)
    {
        if (initializer.Field.ContentLength <= LargestCopied) return OnnxTensor.Parse(Copy(file, initializer.Content, initializer.End));
        var description = new List<ReadOnlyMemory<byte>>();
        foreach (FileField field in FileField.Walk(file, initializer.Content, initializer.End))
        {
            if (field.Field.Number is Fields.Tensor.Dims or Fields.Tensor.DataType or Fields.Tensor.Name) description.Add(Copy(file, field.Start, field.End));
        }

        return OnnxTensor.Parse(description.SelectMany(part => part.ToArray()).ToArray());
    }

    private static ReadOnlyMemory<byte> Copy(MappedFile file, long start, long end) => file.Span(start, checked((int)(end - start))).ToArray();
}
