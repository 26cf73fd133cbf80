using Thaw.Onnx.Format;

namespace Thaw.Onnx.Traits;

/// <summary>Goes once through the nodes of a graph as it was exported.</summary>
internal sealed class TraitFinder
{
    // A set of inputs is a number of 64 bits.
    private const int MostInputs = 64;

    private const int MaskOfEmbedding = 7;

    // Reasons for a trial run; more would be of no use.
    private const int MostSizes = 8;

    // Operators that may be between an input and the lookup, and that keep every id.
    private static readonly string[] PassesOn = ["Cast", "Identity", "Reshape", "Unsqueeze", "Squeeze", "Flatten", "Transpose"];

    private static readonly string[] Comparisons = ["Equal", "Greater", "GreaterOrEqual", "Less", "LessOrEqual"];

    private readonly OnnxGraph _graph;
    private readonly ElementReader _reader;
    private readonly Dictionary<string, ValueTraits> _values = [];
    private readonly string[] _inputs;
    private readonly bool[] _isUsed, _isReadOtherwise;
    private readonly long?[] _rows;
    private readonly List<long>[] _comparedWith;
    private readonly HashSet<FixedSize> _sizes = [];
    private ulong _guards = ulong.MaxValue;
    private long _maxTokens = Positions.Unlimited;

    private TraitFinder(OnnxGraph graph, ElementReader reader)
    {
        (_graph, _reader) = (graph, reader);
        foreach (OnnxTensor tensor in graph.Initializers) _values[tensor.Name] = ValueTraits.OfConstant(tensor);
        // In files of old versions every initializer is an input too.
        _inputs = [.. graph.Inputs.Select(input => input.Name).Where(name => !_values.ContainsKey(name))];
        _isUsed = new bool[_inputs.Length];
        _isReadOtherwise = new bool[_inputs.Length];
        _rows = new long?[_inputs.Length];
        _comparedWith = [.. _inputs.Select(_ => new List<long>())];
        for (int i = 0; i < Math.Min(_inputs.Length, MostInputs); i++) _values[_inputs[i]] = new ValueTraits { Inputs = 1UL << i, Input = i };
    }

    /// <param name="graph">As it was exported: what a rewriting removes may still need to be given.</param>
    /// <returns>Null if it has too many inputs.</returns>
    /// <exception cref="ModelFormatException">A node is damaged.</exception>
    public static GraphTraits? Find(OnnxGraph graph, ElementReader reader)
    {
        var finder = new TraitFinder(graph, reader);
        return finder._inputs.Length > MostInputs ? null : finder.Find();
    }

    private GraphTraits Find()
    {
        foreach (OnnxNode node in LiveNodes.Of(_graph)) Visit(node);
        ulong read = _graph.Outputs.Aggregate(0UL, (set, output) => set | _values.GetValueOrDefault(output.Name, ValueTraits.Unknown).Inputs);
        return new GraphTraits
        {
            Inputs = [.. _inputs.Select((name, i) => new InputTraits
            {
                Name = name,
                IsUsed = _isUsed[i],
                IsRead = (read >> i & 1) != 0,
                Rows = _rows[i],
                HidesPadding = (_guards >> i & 1) != 0,
                ComparedWith = _comparedWith[i],
                IsReadOtherwise = _isReadOtherwise[i],
            })],
            MaxTokens = _maxTokens <= int.MaxValue ? (int)Math.Max(1, _maxTokens) : null,
            FixedSizes = [.. _sizes],
            Functions = [.. _graph.Outputs.Select(output => new GraphEnd(_graph.Nodes).FunctionOf(output.Name))],
            QuantizesTogether = _graph.Nodes.Exists(QuantizesDynamically),
        };
    }

    private static bool QuantizesDynamically(OnnxNode node) =>
        node.OpType.StartsWith("DynamicQuantize", StringComparison.Ordinal)
        || node.Attributes.Any(attribute => attribute.Graphs.Any(graph => graph.Span.IndexOf("DynamicQuantize"u8) >= 0));

    private void Visit(OnnxNode node)
    {
        var inputs = new ValueTraits[node.Inputs.Count];
        for (int i = 0; i < inputs.Length; i++) inputs[i] = _values.GetValueOrDefault(node.Inputs[i], ValueTraits.Unknown);
        ValueTraits[] inner = [.. LiveNodes.ReadInside(node).Select(name => _values.GetValueOrDefault(name, ValueTraits.Unknown))];
        var view = new NodeView(node, inner.Length == 0 ? inputs : [.. inputs, .. inner], _reader);
        if (Fusion.Rewriting.ConstantNode.Read(node) is { } constant)
        {
            _values[constant.Name] = ValueTraits.OfConstant(constant);
            return;
        }

        Note(view);
        ValueTraits result = Lookup(view) ?? Computed(view);
        if (FixedSizeRules.Of(view) is { } size && _sizes.Count < MostSizes) _sizes.Add(size);
        if (PositionRules.RowsOfSlice(view) is { } rows) _maxTokens = Math.Min(_maxTokens, rows);
        // Other outputs are rarely of interest: they depend on the same, and are no positions.
        for (int i = 0; i < node.Outputs.Count; i++)
        {
            if (node.Outputs[i].Length == 0) continue;
            _values[node.Outputs[i]] = (node.OpType, i) switch
            {
                (_, 0) => result,
                // The numbers of tokens, counted from the mask.
                ("EmbedLayerNormalization", 1) => new ValueTraits { Inputs = view[MaskOfEmbedding].Inputs },
                _ => result with { Input = -1, Positions = null, ConstantDims = null, TableRows = null },
            };
        }
    }

    /// <summary>Notes how the inputs of the graph are read.</summary>
    private void Note(in NodeView node)
    {
        for (int i = 0; i < node.Inputs.Count; i++)
        {
            if (node.Inputs[i].Input is not (>= 0 and var input)) continue;
            _isUsed[input] = true;
            if (node.Operator is "Shape" or "Size" || (i == 0 && PassesOn.Contains(node.Operator)) || IsLookup(node, i)) continue;
            if (Comparisons.Contains(node.Operator) && node.Scalar(1 - i) is { } number) _comparedWith[input].Add(number);
            else _isReadOtherwise[input] = true;
        }
    }

    private static bool IsLookup(in NodeView node, int input) => node.Operator switch
    {
        "Gather" or "GatherBlockQuantized" => input == 1 && node[0].TableRows is not null && node.Integer("axis", 0) == 0,
        "EmbedLayerNormalization" => input is 0 or 1 or 8,
        _ => false,
    };

    /// <summary>The value of a node that looks something up in a table; null for other nodes.</summary>
    private ValueTraits? Lookup(in NodeView node)
    {
        if (node.Operator == "EmbedLayerNormalization")
        {
            LookUp(node, 0, 2);
            LookUp(node, 1, 4);
            if (node.Has(8)) LookUp(node, 8, 3);
            else if (node[3].TableRows is { } rows) _maxTokens = Math.Min(_maxTokens, rows);
            return new ValueTraits { Inputs = node[0].Inputs | node[1].Inputs | node[8].Inputs, Tokens = TokenUse.EachToken };
        }

        if (!IsLookup(node, 1)) return null;
        LookUp(node, 1, 0);
        return new ValueTraits
        {
            Inputs = node[1].Inputs,
            Tokens = node[1].Inputs == 0 ? TokenUse.None : TokenUse.EachToken,
            ConstantDims = FixedSizeRules.ConstantDims(node),
        };
    }

    private void LookUp(in NodeView node, int indices, int table)
    {
        if (node[table].TableRows is not { } rows) return;
        if (node[indices].Input is >= 0 and var input) _rows[input] = Math.Min(rows, _rows[input] ?? long.MaxValue);
        else if (node[indices].Positions is { } positions) _maxTokens = Math.Min(_maxTokens, Math.Min(positions.Most, rows - positions.First));
    }

    private ValueTraits Computed(in NodeView node)
    {
        _guards &= MixingRules.Guards(node, out TokenUse tokens);
        if (node.Operator is "Shape" or "Size") return ValueTraits.Unknown;
        bool passesOn = PassesOn.Contains(node.Operator);
        return new ValueTraits
        {
            Inputs = node.Inputs.Aggregate(0UL, (set, input) => set | input.Inputs),
            Tokens = tokens,
            Masks = tokens == TokenUse.None ? 0 : node.Inputs.Aggregate(0UL, (set, input) => set | input.Masking),
            Zeroed = tokens == TokenUse.EachToken ? MixingRules.Zeroed(node) : 0,
            Lowered = tokens == TokenUse.EachToken ? MixingRules.Lowered(node) : 0,
            Input = passesOn ? node[0].Input : -1,
            Constant = node.Operator is "Identity" ? node[0].Constant : null,
            ConstantDims = FixedSizeRules.ConstantDims(node),
            TableRows = node.Operator is "Identity" or "Cast" or "DequantizeLinear" ? node[0].TableRows : null,
            Positions = PositionRules.Of(node),
        };
    }
}
