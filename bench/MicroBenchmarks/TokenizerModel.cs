using Thaw.TestModels;
using Thaw.Tokenizers;
using Thaw.Tokenizers.Files;

namespace Thaw.MicroBenchmarks;

/// <summary>
/// The tokenizer that the benchmarks load: bert-base-uncased if its files are beside the repository
/// (../shared/vocab/bert-base-uncased), otherwise the sample's.
/// </summary>
internal static class TokenizerModel
{
    private static readonly string Shared = Path.GetFullPath(Path.Combine(Repository.Root, "..", "shared", "vocab", "bert-base-uncased"));

    public static string Directory { get; } = System.IO.Directory.Exists(Shared) ? Shared : SampleModel.Directory;

    public static string Name { get; } = Path.GetFileName(Directory);

    public static string VocabularyFile { get; } = Path.Combine(Directory, "vocab.txt");

    public static string JsonFile { get; } = Path.Combine(Directory, "tokenizer.json");

    /// <summary>False for the sample, which keeps accents.</summary>
    public static bool StripsAccents => Directory == Shared;

    public static Tokenizer Load() => TokenizerFiles.Load(Directory);

    public static PlainWordPiece LoadPlain() => PlainWordPiece.Load(VocabularyFile, StripsAccents);
}
