namespace Thaw.Inference.Layouts;

/// <summary>When to spend time and disk space, or memory, on faster weights: after <paramref name="Invocations"/> invocations within
/// <paramref name="Within"/>.</summary>
/// <param name="Invocations">0 to never promote.</param>
public sealed record PromotionRule(int Invocations, TimeSpan Within);
