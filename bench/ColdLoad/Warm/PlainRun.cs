namespace Thaw.ColdLoad.Warm;

/// <summary>One run of plain ONNX Runtime.</summary>
internal sealed record PlainRun(double Milliseconds, float[] Logits);
