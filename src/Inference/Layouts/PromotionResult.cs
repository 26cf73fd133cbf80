using Thaw.Inference.Architectures;

namespace Thaw.Inference.Layouts;

/// <summary>How a promotion ended.</summary>
/// <param name="Directory">The model's directory.</param>
/// <param name="Form">How its weights are arranged now.</param>
/// <param name="Failure">Why they stay as they were; null if they do not.</param>
public readonly record struct PromotionResult(string Directory, WeightForm Form, TimeSpan Time, long PrivateBytes, string? Failure);
