namespace Thaw.Onnx.Architectures;

/// <summary>What is known of a structure (<see cref="Format.ModelOutline.Structure"/>). Immutable.</summary>
/// <param name="Plans">The newest first.</param>
/// <param name="Refusal">Why other models of the structure have no plan; null if none was refused.</param>
internal sealed record KnownStructure(IReadOnlyList<GraphPlan> Plans, string? Refusal)
{
    public static readonly KnownStructure Nothing = new([], null);
}
