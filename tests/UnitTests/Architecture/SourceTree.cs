namespace Thaw.UnitTests.Architecture;

/// <summary>The repository's C# files, read once.</summary>
internal static class SourceTree
{
    /// <summary>The files of <c>src</c>.</summary>
    public static IReadOnlyList<SourceFile> Source { get; } = Read("src");

    public static IReadOnlyList<SourceFile> All { get; } = [.. Source, .. Read("tests"), .. Read("bench")];

    /// <summary>All files below a folder of the repository except build output, as paths from the repository's root.</summary>
    public static IEnumerable<string> FilesBelow(string folder)
    {
        string path = Path.Combine(Repository.Root, folder);
        foreach (string file in Directory.GetFiles(path)) yield return Path.Combine(folder, Path.GetFileName(file));
        IEnumerable<string> names = Directory.GetDirectories(path).Select(directory => Path.GetFileName(directory));
        foreach (string name in names.Where(name => name is not ("bin" or "obj" or "node_modules")))
        {
            foreach (string file in FilesBelow(Path.Combine(folder, name))) yield return file;
        }
    }

    private static SourceFile[] Read(string folder) =>
    [
        .. FilesBelow(folder).Where(path => path.EndsWith(".cs", StringComparison.Ordinal)).Order(StringComparer.Ordinal)
            .Select(path => SourceFile.Of(path, File.ReadAllText(Path.Combine(Repository.Root, path)))),
    ];
}
