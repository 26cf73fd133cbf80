namespace Thaw.TestModels;

/// <summary>Where tests find the repository that they were built in.</summary>
public static class Repository
{
    /// <summary>The folder of Server.sln.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>The sample model's directory.</summary>
    public static string Sample { get; } = Path.Combine(Root, "samples", "langid");

    /// <summary>Small encoders as PyTorch exported them, one directory each.</summary>
    public static string[] Exports { get; } = Directory.GetDirectories(Path.Combine(Root, "tests", "Exports"));

    private static string FindRoot()
    {
        string? directory = AppContext.BaseDirectory;
        while (directory is not null && !File.Exists(Path.Combine(directory, "Server.sln"))) directory = Path.GetDirectoryName(directory);
        return directory ?? throw new InvalidOperationException($"No Server.sln above {AppContext.BaseDirectory}.");
    }
}
