using System.Globalization;
using Thaw.Onnx.Format;
using Thaw.Onnx.Fusion.Shapes;

namespace Thaw.Onnx.Architectures;

/// <summary>Writes a rewritten graph so that it no longer depends on names: values are numbered in the order of the nodes, and whatever changes
/// nothing of the computation is left out.</summary>
/// <param name="slots">Names of the weights that become inputs, in their order.</param>
internal sealed class CanonicalGraph(OnnxModelFile model, IReadOnlyList<string> slots)
{
    private const long IrVersion = 8;

    private readonly Dictionary<string, string> _names = new() { [""] = "" };
    private readonly Symbols _symbols = new();
    private readonly ProtoWriter _writer = new(64 << 10);

    /// <param name="dims">The dimensions of each slot; text for those that differ between models.</param>
    /// <param name="labels">For each output, the name of its last dimension if it differs between models; otherwise null.</param>
    public ReadOnlyMemory<byte> Write(IReadOnlyList<object[]> dims, IReadOnlyList<string?> labels)
    {
        OnnxGraph graph = model.Graph;
        foreach (OnnxValue value in graph.Inputs.Concat(graph.Outputs)) _names[value.Name] = value.Name;
        for (int i = 0; i < slots.Count; i++) _names[slots[i]] = Numbered("w", i);
        _writer.Integer(Fields.Model.IrVersion, IrVersion);
        foreach (OpsetImport opset in model.Opsets.OrderBy(opset => opset.Domain, StringComparer.Ordinal))
            OpsetImport.Of(opset.Domain, opset.Version).Write(_writer);
        int start = _writer.Begin();
        Dictionary<string, OnnxTensor> initializers = graph.Initializers.ToDictionary(tensor => tensor.Name);
        WriteNodes(graph, initializers);
        _writer.Text(Fields.Graph.Name, "thaw");
        foreach (OnnxValue input in graph.Inputs) WriteValue(input, label: null);
        for (int i = 0; i < slots.Count; i++)
        {
            DeclaredType.Write(_writer, Fields.Graph.Input, _names[slots[i]], initializers[slots[i]].ElementType, dims[i]);
        }

        for (int i = 0; i < graph.Outputs.Count; i++) WriteValue(graph.Outputs[i], labels[i], Fields.Graph.Output);
        WriteSums(graph);
        _writer.End(Fields.Model.Graph, start);
        return _writer.Written;
    }

    private void WriteNodes(OnnxGraph graph, Dictionary<string, OnnxTensor> constants)
    {
        List<OnnxTensor> used = [];
        foreach (OnnxNode node in graph.Nodes)
        {
            foreach (string input in node.Inputs)
            {
                if (_names.ContainsKey(input) || !constants.TryGetValue(input, out OnnxTensor? tensor)) continue;
                _names[input] = Numbered("c", used.Count);
                used.Add(tensor);
            }

            foreach (string output in node.Outputs) _names.TryAdd(output, Numbered("v", _names.Count));
            // Attributes in the order of their names.
            OnnxAttribute[] attributes = [.. node.Attributes.OrderBy(attribute => attribute.Name, StringComparer.Ordinal)];
            new OnnxNode
            {
                OpType = node.OpType, Domain = node.IsStandard ? "" : node.Domain, Attributes = attributes,
                Inputs = [.. node.Inputs.Select(Name)], Outputs = [.. node.Outputs.Select(Name)],
            }.Write(_writer);
        }

        foreach (OnnxTensor tensor in used)
        {
            if (!model.TryRead(tensor, out ReadOnlySpan<byte> elements)) throw new ModelFormatException($"the constant {tensor.Name} cannot be read");
            new OnnxTensor { Name = _names[tensor.Name], ElementType = tensor.ElementType, Dims = tensor.Dims, RawData = elements.ToArray() }
                .Write(_writer, Fields.Graph.Initializer, ownFile: null);
        }
    }

    /// <summary>Other declared values are left out, since they differ between exporters and ONNX Runtime finds them out itself.</summary>
    private void WriteSums(OnnxGraph graph)
    {
        IEnumerable<OnnxValue> sums = graph.ValueInfos.Where(value => graph.Sums.Contains(value.Name) && _names.ContainsKey(value.Name));
        foreach (OnnxValue value in sums.OrderBy(value => _names[value.Name], StringComparer.Ordinal))
            WriteValue(value with { Name = _names[value.Name] }, label: null, Fields.Graph.ValueInfo);
    }

    private string Name(string name) => _names.TryGetValue(name, out string? canonical) ? canonical : throw new ModelFormatException($"no node makes {name}");

    private void WriteValue(OnnxValue value, string? label, int field = Fields.Graph.Input)
    {
        ValueFacts facts = DeclaredType.Read(value, _symbols) ?? throw new ModelFormatException($"the type of {value.Name} is not a tensor");
        object[]? dims = facts.Shape is { } shape ? Array.ConvertAll(shape, dim => dim.IsConstant ? (object)dim.Factor : Numbered("d", dim.Symbol)) : null;
        if (dims is { Length: > 0 } && label is not null) dims[^1] = label;
        DeclaredType.Write(_writer, field, value.Name, facts.Type, dims);
    }

    private static string Numbered(string kind, int number) => string.Create(CultureInfo.InvariantCulture, $"{kind}:{number}");
}
