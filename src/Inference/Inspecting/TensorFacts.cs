namespace Thaw.Inference.Inspecting;

/// <summary>An input or output of a model.</summary>
/// <param name="Shape">Its dimensions, such as "[batch, 128]"; "?" for one that can differ from run to run. Empty if none are declared.</param>
/// <param name="Use">What it is given or read for.</param>
public sealed record TensorFacts(string Name, string Type, string Shape, string Use);
