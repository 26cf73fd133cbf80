using Thaw.Onnx.Format;

namespace Thaw.Onnx.Fusion.Shapes;

/// <summary>What is known about a value before the graph runs. Immutable.</summary>
internal sealed record ValueFacts
{
    public TensorElementType Type { get; init; }

    /// <summary>Null if not even the rank is known.</summary>
    public Dim[]? Shape { get; init; }

    /// <summary>The elements of a scalar or vector of integers or booleans; null if they are not known.</summary>
    public Dim[]? Integers { get; init; }

    /// <summary>The element of a constant float32 tensor that has only one.</summary>
    public float? Number { get; init; }

    /// <summary>-1 if it is not known.</summary>
    public int Rank => Shape?.Length ?? -1;

    /// <summary>Whether it is a float32 tensor of this rank.</summary>
    public bool IsFloatOf(int rank) => Type == TensorElementType.Float32 && Rank == rank;

    /// <summary>The value of an integer scalar or of a vector of one element; null if it is not one or not constant.</summary>
    public long? SingleInteger => Integers is [{ IsConstant: true } only] ? only.Factor : null;

    /// <summary><see cref="Integers"/>, if all of them are constant; otherwise null.</summary>
    public long[]? ConstantIntegers =>
        Integers is not null && Array.TrueForAll(Integers, dim => dim.IsConstant) ? Array.ConvertAll(Integers, dim => dim.Factor) : null;

    /// <summary>Whether both shapes are known and the same.</summary>
    public bool HasShapeOf(ValueFacts other) => Shape is not null && other.Shape is not null && Shape.AsSpan().SequenceEqual(other.Shape);
}
