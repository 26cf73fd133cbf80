namespace Thaw.Onnx.Traits;

/// <summary>Numbers in a graph that could be the shape of the example it was exported with, although its axes are dynamic.</summary>
/// <param name="Rows">A number of texts; null if the graph has none in this place.</param>
/// <param name="Columns">A number of tokens; null if the graph has none in this place.</param>
public readonly record struct FixedSize(int? Rows, int? Columns);
