using System.Text.Json;
using Thaw.Reference.Corpora;
using Thaw.TestModels;

namespace Thaw.Reference.Vocabularies;

/// <summary>A training file with text in many languages, from files in the repository.</summary>
internal sealed class TrainingText : IDisposable
{
    private const int RandomLines = 400;

    public TrainingText()
    {
        IEnumerable<string> english = Lines("tests/Reference/Corpora/english.txt").Concat(Lines("THIRD-PARTY-NOTICES.txt"));
        IEnumerable<string> sentences = Lines("samples/langid/goldens.jsonl")
            .Select(line => JsonDocument.Parse(line).RootElement.GetProperty("text").GetString()!);
        IEnumerable<string> words = Lines("samples/langid/vocab.txt").Select(piece => piece.Replace("##", ""));
        File.WriteAllLines(Path, [.. english, .. sentences, .. words, .. words, .. RandomTexts.Of(seed: 1).Take(RandomLines)]);
    }

    public string Path { get; } = System.IO.Path.GetTempFileName();

    public void Dispose() => File.Delete(Path);

    private static string[] Lines(string name) => File.ReadAllLines(System.IO.Path.Combine(Repository.Root, name));
}
