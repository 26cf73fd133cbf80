using Thaw.Onnx.Format;

namespace Thaw.Onnx.Fusion.Shapes;

/// <summary>What is known of a value before anything runs. Immutable.</summary>
internal sealed record ValueFacts
{
    public TensorElementType Type { get; init; }

    /// <summary>Null when not even the rank is known.</summary>
    public Dim[]? Shape { get; init; }

    /// <summary>The elements of a scalar or vector of integers or truth values; null when they are not known.</summary>
    public Dim[]? Integers { get; init; }

    /// <summary>The element of a constant float32 tensor that has just one.</summary>
    public float? Number { get; init; }

    public int Rank => Shape?.Length ?? -1;

    public bool IsFloatOf(int rank) => Type == TensorElementType.Float32 && Rank == rank;

    /// <summary>The value of an integer scalar, or of a vector of one.</summary>
    public long? SingleInteger => Integers is [{ IsConstant: true } only] ? only.Factor : null;

    /// <summary>The elements, when all are numbers.</summary>
    public long[]? ConstantIntegers => Integers is not null && Array.TrueForAll(Integers, dim => dim.IsConstant) ? Array.ConvertAll(Integers, dim => dim.Factor) : null;

    /// <summary>Whether the shapes are known to be the same.</summary>
    public bool HasShapeOf(ValueFacts other) => Shape is not null && other.Shape is not null && Shape.AsSpan().SequenceEqual(other.Shape);
}
