namespace Thaw.Onnx.Architectures;

/// <summary>Where some of a weight's elements come from.</summary>
/// <param name="Initializer">Position among the model's initializers; -1 for zeros.</param>
/// <param name="Count">Number of elements.</param>
internal readonly record struct WeightPart(int Initializer, long Count);
