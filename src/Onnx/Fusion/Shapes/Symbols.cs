namespace Thaw.Onnx.Fusion.Shapes;

/// <summary>Creates the symbols of <see cref="Dim"/>. The same computation on the same operands has the same symbol.</summary>
internal sealed class Symbols
{
    private readonly Dictionary<string, Dim> _named = [];
    private readonly Dictionary<int, string> _names = [];
    private readonly Dictionary<(string Operation, Dim Left, Dim Right), Dim> _computed = [];
    private readonly Dictionary<int, (Dim Value, long Limit)> _limited = [];
    private readonly List<bool> _isSize = [];

    /// <summary>An axis that a graph names: in ONNX, axes of inputs with the same name are equal.</summary>
    public Dim Named(string name)
    {
        if (!_named.TryGetValue(name, out Dim? dim))
        {
            _named[name] = dim = Fresh(isSize: true);
            _names[dim.Symbol] = name;
        }

        return dim;
    }

    /// <summary>The name of an axis; null if the graph does not name it.</summary>
    public string? NameOf(Dim dim) => _names.GetValueOrDefault(dim.Symbol);

    /// <summary>A symbol that is not known to equal anything else.</summary>
    /// <param name="isSize">Whether it is a dimension, and therefore not negative.</param>
    public Dim Fresh(bool isSize)
    {
        _isSize.Add(isSize);
        return Dim.OfSymbol(_isSize.Count - 1);
    }

    public bool IsNegative(Dim dim) => dim.IsConstant && dim.Factor < 0;

    public bool IsNotNegative(Dim dim)
    {
        foreach (int symbol in dim.SymbolNumbers)
        {
            if (!_isSize[symbol]) return false;
        }

        return dim.Factor >= 0;
    }

    /// <summary>The symbol of the result of a computation.</summary>
    /// <inheritdoc cref="Fresh"/>
    public Dim Compute(string operation, Dim left, Dim right, bool isSize)
    {
        if (!_computed.TryGetValue((operation, left, right), out Dim? dim)) _computed[(operation, left, right)] = dim = Fresh(isSize);
        return dim;
    }

    /// <summary>The smaller of a value and a limit.</summary>
    public Dim Limited(Dim value, long limit)
    {
        if (value.IsConstant) return Dim.Of(Math.Min(value.Factor, limit));
        Dim dim = Compute("min", value, Dim.Of(limit), IsNotNegative(value));
        _limited[dim.Symbol] = (value, limit);
        return dim;
    }

    /// <summary>The common dimension of two operands: ONNX broadcasts 1 to any length, and refuses other dimensions that differ.</summary>
    public Dim Broadcast(Dim left, Dim right)
    {
        if (left.Equals(right) || right.Is(1)) return left;
        if (left.Is(1)) return right;
        if (left.IsConstant) return left;
        if (right.IsConstant) return right;
        // min(x, limit) differs from x only if the limit is smaller; a run is refused then, unless the limit is 1.
        if (IsLimited(left, right)) return right;
        if (IsLimited(right, left)) return left;
        return Compute("broadcast", left, right, isSize: true);
    }

    private bool IsLimited(Dim dim, Dim value) =>
        dim.Symbol >= 0 && _limited.TryGetValue(dim.Symbol, out (Dim Value, long Limit) limited) && limited.Value.Equals(value);
}
