namespace Thaw.Server.Management;

internal sealed record ListedModel(string ModelName, string ModelUrl);
