namespace Thaw.Onnx.Architectures;

/// <summary>
/// The graph of all models of one architecture, with their weights as inputs, in a canonical form: models that compute the same thing with other
/// weights, names and numbers of rows have the same bytes. Immutable.
/// </summary>
/// <param name="Model">An ONNX model whose inputs are those of the original, then the weights in the order of <see cref="GraphPlan.Slots"/>.</param>
/// <param name="Turned">The same with its products turned around (<see cref="Fusion.WeightFirst"/>); empty if there is none to turn.</param>
public sealed record ArchitectureGraph(ReadOnlyMemory<byte> Model, ReadOnlyMemory<byte> Turned)
{
    public bool Equals(ArchitectureGraph? other) =>
        other is not null && (ReferenceEquals(this, other) || (Model.Span.SequenceEqual(other.Model.Span) && Turned.Span.SequenceEqual(other.Turned.Span)));

    public override int GetHashCode() => (int)System.IO.Hashing.XxHash3.HashToUInt64(Model.Span);
}
