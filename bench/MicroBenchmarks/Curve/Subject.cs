using Thaw.Reference.Vocabularies;
using Thaw.Tokenizers;
using Thaw.Tokenizers.Files;

namespace Thaw.MicroBenchmarks.Curve;

/// <summary>A tokenizer to time.</summary>
/// <param name="Mask">One of its added tokens.</param>
/// <param name="Json">Gives the text of its tokenizer.json.</param>
internal sealed record Subject(string Name, string Mask, Func<string> Json)
{
    public static readonly Subject[] All =
    [
        new($"WordPiece ({TokenizerModel.Name})", "[MASK]", () => File.ReadAllText(TokenizerModel.JsonFile)),
        new("byte-level BPE, trained here", "<mask>", () => Trained.Roberta),
        new("Unigram, trained here", "<mask>", () => Trained.XlmRoberta),
    ];

    public Tokenizer Load()
    {
        string directory = Directory.CreateTempSubdirectory("thaw-bench-").FullName;
        try
        {
            File.WriteAllText(Path.Combine(directory, "tokenizer.json"), Json());
            return TokenizerFiles.Load(directory);
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }
}
