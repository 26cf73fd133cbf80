namespace Thaw.Inference.Inspecting;

/// <summary>What a directory or archive holds, and how it would be served.</summary>
/// <param name="Path">As it was given.</param>
/// <param name="Refusal">Why it cannot be served, and what to do; null if it can.</param>
/// <param name="ModelFile">Path of the ONNX file; null if none was found.</param>
/// <param name="Producer">Name and version of the program that wrote the ONNX file; null if that is not known.</param>
/// <param name="Opset">Version of ONNX's own operators in it; null if that is not known.</param>
/// <param name="Bytes">Bytes of the ONNX file and of the weights beside it.</param>
/// <param name="Inputs">As the ONNX file declares them, if it cannot be served.</param>
/// <param name="Outputs">As the ONNX file declares them, if it cannot be served.</param>
/// <param name="Model">How it is served; null if it cannot be.</param>
/// <param name="IsMapped">Whether its weights are read where they are in the file.</param>
/// <param name="IsShared">Whether its nodes are fused, and its session is shared with models of the same architecture.</param>
public sealed record Inspection(
    string Path,
    string? Refusal,
    string? ModelFile,
    string? Producer,
    long? Opset,
    long? Bytes,
    IReadOnlyList<TensorFacts>? Inputs,
    IReadOnlyList<TensorFacts>? Outputs,
    ModelFacts? Model,
    bool? IsMapped,
    bool? IsShared);
