namespace Thaw.Gpu;

internal sealed record Report(string Device, List<ModelResult> Models);
