namespace UnitTests.Tokenizers.Reference;

/// <summary>The tokenizer.json of the sample, and those of published models in ../shared/vocab where that is there.</summary>
internal static class WordPieceFiles
{
    private static readonly string Shared = Path.GetFullPath(Path.Combine(Repository.Root, "..", "shared", "vocab"));

    public static string[] Names { get; } = [Path.GetFileName(Repository.Sample), .. SharedNames()];

    public static string Read(string name) =>
        File.ReadAllText(Path.Combine(name == Names[0] ? Repository.Sample : Path.Combine(Shared, name), "tokenizer.json"));

    private static IEnumerable<string> SharedNames() =>
        Directory.Exists(Shared) ? Directory.GetDirectories(Shared).Select(directory => Path.GetFileName(directory)).Order() : [];
}
