namespace Thaw.TestModels.Format;

internal sealed record Producer(string Name, string Version);
