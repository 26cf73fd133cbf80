namespace Thaw.TestModels.Bert;

/// <param name="ModelBytes">Size of the .onnx file.</param>
/// <param name="DataBytes">Size of the external data file; 0 without one.</param>
/// <param name="Nodes">Nodes in the graph.</param>
/// <param name="Parameters">Trained numbers.</param>
public sealed record ModelSummary(long ModelBytes, long DataBytes, int Nodes, long Parameters);
