namespace Thaw.UnitTests.Tokenizers.Reference;

/// <summary>Texts of tokenizer.json: the sample's, one with every scalar, and those of published models in ../shared/vocab if that exists.</summary>
internal static class WordPieceFiles
{
    public const string EveryScalar = "every scalar";

    private static readonly string Shared = Path.GetFullPath(Path.Combine(Repository.Root, "..", "shared", "vocab"));

    public static string Sample { get; } = Path.GetFileName(Repository.Sample);

    public static string[] Names { get; } = [Sample, EveryScalar, .. SharedNames()];

    public static string Read(string name) => name == EveryScalar
        ? Thaw.Reference.Vocabularies.EveryScalar.WordPiece
        : File.ReadAllText(Path.Combine(name == Sample ? Repository.Sample : Path.Combine(Shared, name), "tokenizer.json"));

    private static IEnumerable<string> SharedNames() =>
        Directory.Exists(Shared) ? Directory.GetDirectories(Shared).Select(directory => Path.GetFileName(directory)).Order() : [];
}
