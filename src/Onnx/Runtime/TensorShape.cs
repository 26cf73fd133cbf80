using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Thaw.Onnx.Runtime;

/// <summary>The dimensions of a tensor of any rank. Up to four, which is enough for encoders, allocate nothing.</summary>
public readonly struct TensorShape : IEquatable<TensorShape>
{
    private const int MostInline = 4;

    private readonly InlineDimensions _inline;
    private readonly long[]? _all;

    /// <param name="dimensions">Outermost first; none for a scalar.</param>
    public TensorShape(params ReadOnlySpan<long> dimensions)
    {
        Rank = dimensions.Length;
        if (Rank > MostInline) _all = dimensions.ToArray();
        else dimensions.CopyTo(_inline);
    }

    /// <summary>Number of dimensions.</summary>
    public int Rank { get; }

    public long this[int dimension] => Dimensions[dimension];

    [UnscopedRef]
    public ReadOnlySpan<long> Dimensions => _all ?? MemoryMarshal.CreateReadOnlySpan(in _inline[0], Rank);

    /// <summary>Number of elements: the product of the dimensions, 1 for a scalar.</summary>
    public long ElementCount
    {
        get
        {
            long count = 1;
            foreach (long dimension in Dimensions) count = checked(count * dimension);
            return count;
        }
    }

    public bool Equals(TensorShape other) => Dimensions.SequenceEqual(other.Dimensions);

    public override bool Equals(object? obj) => obj is TensorShape other && Equals(other);

    public override int GetHashCode() => HashCode.Combine(Rank, ElementCount);

    /// <summary>Such as <c>[2, 128, 768]</c>.</summary>
    public override string ToString() => $"[{string.Join(", ", Dimensions.ToArray())}]";

    [InlineArray(MostInline)]
    private struct InlineDimensions
    {
        private long _first;
    }
}
