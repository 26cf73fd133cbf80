namespace Thaw.FunctionalTests.Support;

/// <summary>Where things are in the repository.</summary>
internal static class Repository
{
    public static string Root { get; } = FindRoot();

    public static string Sample { get; } = Path.Combine(Root, "samples", "langid");

    /// <summary>The published binary: what THAW_BINARY names, or what <c>make publish</c> leaves.</summary>
    public static string Binary { get; } = FindBinary();

    private static string FindRoot()
    {
        string? directory = AppContext.BaseDirectory;
        while (directory is not null && !File.Exists(Path.Combine(directory, "Server.sln"))) directory = Path.GetDirectoryName(directory);
        return directory ?? throw new InvalidOperationException($"No Server.sln above {AppContext.BaseDirectory}.");
    }

    private static string FindBinary()
    {
        string path = Environment.GetEnvironmentVariable("THAW_BINARY") ?? Path.Combine(Root, "artifacts", "thaw", "thaw");
        return File.Exists(path) ? path : throw new InvalidOperationException($"{path} does not exist. Run make publish first.");
    }
}

/// <summary>A folder that is gone when the test is over.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("thaw-test-").FullName;

    public string this[string name] => System.IO.Path.Combine(Path, name);

    /// <summary>A copy of the sample model's directory, to be damaged.</summary>
    public string CopySample(string name)
    {
        string copy = this[name];
        Directory.CreateDirectory(copy);
        foreach (string file in Directory.GetFiles(Repository.Sample)) File.Copy(file, System.IO.Path.Combine(copy, System.IO.Path.GetFileName(file)));
        return copy;
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
