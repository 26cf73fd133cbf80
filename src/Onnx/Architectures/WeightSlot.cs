using Thaw.Onnx.Format;

namespace Thaw.Onnx.Architectures;

/// <summary>A weight that an architecture's sessions take as an input. Immutable.</summary>
internal sealed record WeightSlot
{
    public required TensorElementType ElementType { get; init; }

    /// <summary>One initializer, which gives the dimensions; or the parts of a vector.</summary>
    public required IReadOnlyList<WeightPart> Parts { get; init; }

    /// <summary>Whether runs read only some rows of it, as of an embedding table.</summary>
    public required bool IsTable { get; init; }

    /// <summary>Whether it is a matrix that <see cref="GraphPlan.LaidOut"/> reads transposed.</summary>
    public bool IsTransposed { get; init; }

    /// <summary>The dimension of the exported weight that models of the architecture may differ in; -1 if there is none.</summary>
    public int FreeDimension { get; init; } = -1;
}
