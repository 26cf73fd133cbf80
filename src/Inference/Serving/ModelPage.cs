namespace Thaw.Inference.Serving;

/// <summary>One page of the list of models.</summary>
/// <param name="After">The last name of this page, after which the next page starts; null on the last page.</param>
public sealed record ModelPage(IReadOnlyList<ModelEntry> Models, string? After);
