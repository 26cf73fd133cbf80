namespace Thaw.UnitTests.Tokenizers.Reference;

/// <summary>Texts of tokenizer.json: the sample's, one with every scalar, and those of published models in ../shared/vocab if that exists.</summary>
internal static class WordPieceFiles
{
    public const string EveryScalar = "every scalar";

    private static readonly string Shared = Path.GetFullPath(Path.Combine(Repository.Root, "..", "shared", "vocab"));

    static WordPieceFiles()
    {
        string[] shared = Directory.Exists(Shared) ? [.. Directory.GetDirectories(Shared).Select(directory => Path.GetFileName(directory)).Order()] : [];
        Names = [Sample, EveryScalar, .. shared];
        Console.WriteLine(shared.Length == 0
            ? $"The WordPiece tests use the repository's own vocabularies alone: {Shared} holds none."
            : $"The WordPiece tests also use the vocabularies in {Shared}: {string.Join(", ", shared)}.");
    }

    public static string Sample { get; } = Path.GetFileName(Repository.Sample);

    public static string[] Names { get; }

    public static string Read(string name) => name == EveryScalar
        ? Thaw.Reference.Vocabularies.EveryScalar.WordPiece
        : File.ReadAllText(Path.Combine(name == Sample ? Repository.Sample : Path.Combine(Shared, name), "tokenizer.json"));
}
