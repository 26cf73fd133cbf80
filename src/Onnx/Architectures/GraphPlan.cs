using Thaw.Onnx.Traits;

namespace Thaw.Onnx.Architectures;

/// <summary>
/// How models of one structure become an architecture's: what the analysis of a graph found, so that it is done only once. It applies to every
/// model with the same <see cref="Format.ModelOutline.Structure"/> whose <see cref="Assumed"/> initializers have the same elements. Immutable.
/// </summary>
internal sealed record GraphPlan
{
    /// <summary>The graph that reads the weights as they are exported.</summary>
    public required ArchitectureGraph AsExported { get; init; }

    /// <summary>The graph that reads the weights of its products transposed; null if the model is exported like this, or is quantized. If weights are
    /// widened, never null, but perhaps the same as the other.</summary>
    public required ArchitectureGraph? LaidOut { get; init; }

    /// <summary>Whether it has quantized products: no layout makes them as fast as packing, which only a session of the model's own can.</summary>
    public required bool IsQuantized { get; init; }

    public required IReadOnlyList<WeightSlot> Slots { get; init; }

    /// <summary>For each output, the slot whose free dimension is the output's last one; -1 if there is none.</summary>
    public required IReadOnlyList<int> LabelSlots { get; init; }

    /// <summary>Positions of the initializers whose elements the analysis read, or that are constants of the graph.</summary>
    public required IReadOnlyList<int> Assumed { get; init; }

    public required UInt128 AssumedElements { get; init; }

    /// <summary>Number of the original's inputs, which come before the weights.</summary>
    public required int Inputs { get; init; }

    /// <summary>Of the graph as it was exported; null if it has too many inputs.</summary>
    public required GraphTraits? Traits { get; init; }
}
