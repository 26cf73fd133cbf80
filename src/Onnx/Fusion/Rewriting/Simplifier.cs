using System.Runtime.InteropServices;
using Thaw.Onnx.Format;
using Thaw.Onnx.Fusion.Shapes;

namespace Thaw.Onnx.Fusion.Rewriting;

/// <summary>
/// Goes through the nodes once, in order: collects what is known about each value, and makes consumers read an earlier value where a node changes
/// nothing or computes what has been computed before (mostly the exporters' arithmetic on shapes).
/// </summary>
internal sealed class Simplifier
{
    private readonly FusionGraph _graph;
    private readonly Dictionary<string, string> _instead = [];
    private readonly Dictionary<OnnxNode, string> _computed = new(SameComputation.Instance);
    private readonly Dictionary<(TensorElementType Type, int Rank, ulong Bits), string> _scalars = [];
    private readonly Dictionary<string, string> _vectors = [];
    private readonly Dictionary<(Dim Dim, int Rank), string> _dims = [];
    private readonly Dictionary<string, string> _shapes = [];
    private readonly List<OnnxNode> _nodes = [];
    private readonly HashSet<string> _defined = [];

    private Simplifier(FusionGraph graph) => _graph = graph;

    /// <summary>False for a graph that is left unchanged: one with subgraphs, with initializers that callers may replace, or that is not valid
    /// ONNX.</summary>
    public static bool TryApply(FusionGraph graph) => new Simplifier(graph).TryRun();

    private bool TryRun()
    {
        OnnxGraph source = _graph.Source;
        foreach (OnnxValue input in source.Inputs)
        {
            if (!TryDefine(input.Name)) return false;
            if (DeclaredType.Read(input, _graph.Facts.Symbols) is { } facts) _graph.Facts.Set(input.Name, facts);
        }

        foreach (OnnxTensor tensor in source.Initializers)
        {
            if (!TryDefine(tensor.Name)) return false;
            AddConstantFacts(tensor);
        }

        foreach (OnnxNode node in source.Nodes)
        {
            foreach (string output in node.Outputs)
            {
                if (output.Length > 0 && !_graph.TryAddName(output)) return false;
            }
        }

        foreach (OnnxNode node in source.Nodes)
        {
            if (!TryVisit(node)) return false;
        }

        _graph.SetNodes(_nodes);
        return true;
    }

    private bool TryDefine(string name) => _graph.TryAddName(name) && _defined.Add(name);

    private bool TryVisit(OnnxNode original)
    {
        if (!Arity.IsEnough(original)) return false;
        for (int i = 0; i < original.Attributes.Count; i++)
        {
            if (original.Attributes[i].Graphs.Count > 0) return false;
        }

        bool readsInstead = false;
        for (int i = 0; i < original.Inputs.Count; i++)
        {
            string input = original.Inputs[i];
            if (input.Length > 0 && !_defined.Contains(input)) return false;
            readsInstead |= _instead.ContainsKey(input);
        }

        for (int i = 0; i < original.Outputs.Count; i++) _defined.Add(original.Outputs[i]);
        if (ConstantNode.Read(original) is { } tensor && !_graph.IsOutput(tensor.Name))
        {
            _graph.AddConstant(tensor);
            AddConstantFacts(tensor);
            return true;
        }

        OnnxNode node = readsInstead
            ? original with { Inputs = [.. original.Inputs.Select(input => _instead.GetValueOrDefault(input, input))] }
            : original;
        ShapeInference.Add(node, _graph.Facts);
        if (Instead(node) is { } instead) _instead[node.Outputs[0]] = instead;
        // If nothing reads the node any more, it is removed later, unless it makes an output of the graph.
        _nodes.Add(node);
        return true;
    }

    /// <summary>The name of a value that consumers of the node's first output can read instead; null if there is none.</summary>
    private string? Instead(OnnxNode node)
    {
        if (!node.IsStandard || node.Outputs is not [{ Length: > 0 } output, ..] || _graph.Facts[output] is not { } facts) return null;
        if (NoOperation.IsOne(node, _graph.Facts)) return node.Inputs[0];
        if (facts is { Type: TensorElementType.Int64, Integers: { } integers, Rank: <= 1 })
        {
            if (facts.ConstantIntegers is { } numbers) return Numbers(numbers, facts.Rank);
            if (integers is [{ Symbol: >= 0 } dim] && _graph.Facts.TryFindAnchor(dim.Symbol, out (string Value, int Axis) anchor) && anchor.Value != output)
                return SizeOf(dim, facts.Rank, anchor);
            // Not of a Shape node: reading it would keep alive the value whose shape it takes. A joined vector is made of earlier sizes.
            if (node.OpType is "Concat" or "Where")
            {
                string vector = Key(facts.Rank, integers);
                if (node.OpType == "Concat") _vectors.TryAdd(vector, output);
                if (_vectors.TryGetValue(vector, out string? joined) && joined != output) return joined;
            }
        }

        if (node.Outputs.Count != 1) return null;
        if (_computed.TryGetValue(node, out string? same)) return same;
        _computed.Add(node, output);
        return null;
    }

    private void AddConstantFacts(OnnxTensor tensor)
    {
        ValueFacts facts = ConstantFacts.Of(tensor);
        bool isOpaque = _graph.Source.Opaque.Contains(tensor.Name);
        _graph.Facts.Set(tensor.Name, isOpaque ? facts with { Number = null } : facts);
        if (isOpaque) return;
        // Exporters write the same 0, 1 and 2 many times; with one constant for each, equal computations with them are recognised as equal.
        if (tensor.RawData is not { Length: <= sizeof(ulong) } raw || tensor.Dims.Count > 1 || !tensor.Dims.All(dim => dim == 1)) return;
        Span<byte> bits = stackalloc byte[sizeof(ulong)];
        bits.Clear();
        raw.Span.CopyTo(bits);
        (TensorElementType, int, ulong) key = (tensor.ElementType, tensor.Dims.Count, MemoryMarshal.Read<ulong>(bits));
        if (!_scalars.TryAdd(key, tensor.Name)) _instead[tensor.Name] = _scalars[key];
    }

    private string Numbers(long[] numbers, int rank)
    {
        string key = Key(rank, numbers);
        if (!_vectors.TryGetValue(key, out string? name))
        {
            name = _graph.AddConstant<long>("shape", TensorElementType.Int64, numbers, rank == 0 ? [] : [numbers.Length]);
            _vectors.Add(key, name);
        }

        return name;
    }

    private static string Key<T>(int rank, T[] elements) => $"{rank}:{string.Join(',', elements)}";

    /// <summary>A dimension as a scalar or as a vector of one element, computed from the first value that has it.</summary>
    private string SizeOf(Dim dim, int rank, (string Value, int Axis) anchor)
    {
        if (_dims.TryGetValue((dim, rank), out string? name)) return name;
        if (!_shapes.TryGetValue(anchor.Value, out string? shape))
        {
            _shapes[anchor.Value] = shape = _graph.NewName("shape");
            Append(new OnnxNode { OpType = "Shape", Inputs = [anchor.Value], Outputs = [shape] });
        }

        name = _graph.NewName("size");
        Append(new OnnxNode
        {
            OpType = "Gather", Inputs = [shape, Numbers([anchor.Axis], rank)], Outputs = [name], Attributes = [OnnxAttribute.Of("axis", 0L)],
        });
        _dims[(dim, rank)] = name;
        return name;
    }

    private void Append(OnnxNode node)
    {
        ShapeInference.Add(node, _graph.Facts);
        _nodes.Add(node);
    }
}
