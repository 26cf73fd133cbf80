namespace Thaw.Inference.Layouts;

/// <summary>How a promotion ended.</summary>
/// <param name="Directory">The model's directory.</param>
/// <param name="Failure">Why the model stays in tier 0; null when it is in tier 1.</param>
public readonly record struct PromotionResult(string Directory, TimeSpan Time, long PrivateBytes, string? Failure);
