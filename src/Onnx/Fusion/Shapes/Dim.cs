using System.Globalization;

namespace Thaw.Onnx.Fusion.Shapes;

/// <summary>A dimension, or an integer computed from dimensions: a factor times symbols, such as 12 · batch. <see cref="Symbols"/> numbers the
/// symbols; two with different numbers may or may not be equal. Immutable.</summary>
internal sealed class Dim : IEquatable<Dim>
{
    private const int MostSymbols = 16;

    private readonly int[] _symbols;

    private Dim(long factor, int[] symbols) => (Factor, _symbols) = (factor, symbols);

    public static Dim One { get; } = new(1, []);

    public long Factor { get; }

    public bool IsConstant => _symbols.Length == 0;

    /// <summary>The symbol's number if this is a single symbol; otherwise -1.</summary>
    public int Symbol => Factor == 1 && _symbols.Length == 1 ? _symbols[0] : -1;

    public ReadOnlySpan<int> SymbolNumbers => _symbols;

    // Most constants are small: axes, head sizes, elements of shapes.
    private static readonly Dim[] Small = [.. Enumerable.Range(-1, 66).Select(value => value == 1 ? One : new Dim(value, []))];

    public static Dim Of(long value) => value is >= -1 and < 65 ? Small[value + 1] : new Dim(value, []);

    public static Dim OfSymbol(int number) => new(1, [number]);

    /// <summary>The product; null if its factor is out of range, or if it has more symbols than any real shape.</summary>
    public static Dim? Multiply(Dim left, Dim right)
    {
        Int128 factor = (Int128)left.Factor * right.Factor;
        if (factor < long.MinValue || factor > long.MaxValue) return null;
        if (factor == 0) return Of(0);
        if (left._symbols.Length + right._symbols.Length > MostSymbols) return null;
        if (left._symbols.Length + right._symbols.Length == 0) return Of((long)factor);
        int[] symbols = [.. left._symbols, .. right._symbols];
        Array.Sort(symbols);
        return new Dim((long)factor, symbols);
    }

    /// <summary>The quotient; null if it is not an integer, or if that is unknown.</summary>
    public static Dim? Divide(Dim left, Dim right)
    {
        if (right.Factor == 0 || left.Factor % right.Factor != 0) return null;
        List<int> symbols = [.. left._symbols];
        foreach (int symbol in right._symbols)
        {
            if (!symbols.Remove(symbol)) return null;
        }

        return new Dim(left.Factor / right.Factor, [.. symbols]);
    }

    public bool Is(long value) => IsConstant && Factor == value;

    public bool Equals(Dim? other) => other is not null && Factor == other.Factor && _symbols.AsSpan().SequenceEqual(other._symbols);

    public override bool Equals(object? obj) => Equals(obj as Dim);

    public override int GetHashCode() => HashCode.Combine(Factor, _symbols.Length, _symbols.Length > 0 ? _symbols[0] : -1);

    public override string ToString() =>
        string.Join('·', [Factor.ToString(CultureInfo.InvariantCulture), .. _symbols.Select(symbol => $"s{symbol}")]);
}
