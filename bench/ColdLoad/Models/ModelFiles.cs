namespace Thaw.ColdLoad.Models;

/// <summary>The directories of two models of one architecture in one form.</summary>
/// <param name="Cache">The cache directory with their laid-out weights; null if a server begins with an empty one.</param>
internal sealed record ModelFiles(string First, string Second, string? Cache = null)
{
    public IReadOnlyList<string> Directories => Cache is null ? [First, Second] : [First, Second, Cache];
}
