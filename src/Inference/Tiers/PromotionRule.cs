namespace Thaw.Inference.Tiers;

/// <summary>When a model is worth the time and the memory of packed weights: after <paramref name="Invocations"/> invocations within
/// <paramref name="Within"/>.</summary>
/// <param name="Invocations">0 for never.</param>
public sealed record PromotionRule(int Invocations, TimeSpan Within);
