using Thaw.Onnx.Linux;

namespace Thaw.Inference.Layouts;

/// <summary>A file of laid-out weights in the store.</summary>
/// <param name="ContentKey">The key that it was written under.</param>
/// <param name="Bytes">Bytes of the weights, which start at the start of the file; behind them is its seal.</param>
/// <param name="Identity">The file when its content was verified.</param>
public sealed record LayoutEntry(string ContentKey, string Path, long Bytes, FileIdentity Identity);
