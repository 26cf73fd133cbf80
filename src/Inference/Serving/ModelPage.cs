namespace Thaw.Inference.Serving;

/// <summary>One page of the list of models.</summary>
/// <param name="After">Where the next page goes on: the last name of this one, or null after the last page.</param>
public sealed record ModelPage(IReadOnlyList<ModelEntry> Models, string? After);
