namespace Thaw.MicroBenchmarks;

/// <summary>The model in samples/.</summary>
internal static class SampleModel
{
    /// <summary>Its directory. BenchmarkDotNet runs what it builds from a folder somewhere below the repository's root.</summary>
    public static string Directory { get; } = Path.Combine(FindRoot(), "samples", "langid");

    public static string VocabularyFile { get; } = Path.Combine(Directory, "vocab.txt");

    private static string FindRoot()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Server.sln"))) return folder.FullName;
        }

        throw new DirectoryNotFoundException($"No folder above {AppContext.BaseDirectory} holds Server.sln. Run the benchmarks inside the repository.");
    }
}
