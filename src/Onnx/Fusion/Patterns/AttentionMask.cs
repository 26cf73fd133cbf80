namespace Thaw.Onnx.Fusion.Patterns;

/// <summary>How a graph masks the scores of an attention: with a tensor that is added to them, or with a condition by which a number replaces them.</summary>
/// <param name="Value">The tensor; with <paramref name="Fill"/>, the condition.</param>
/// <param name="Fill">The number that replaces masked scores.</param>
/// <param name="FillsWhereTrue">Whether scores are masked where the condition is true; otherwise where it is false.</param>
internal sealed record AttentionMask(string Value, float? Fill = null, bool FillsWhereTrue = true);
