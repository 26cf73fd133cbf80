using System.Text.Json;

namespace Thaw.Gpu;

/// <summary>Request bodies: texts of pseudo-random words, the same in each run.</summary>
internal static class Texts
{
    /// <param name="words">Words in each text; it has more tokens than words.</param>
    /// <param name="scores">Whether to ask for every score of each text, in the order of the classes.</param>
    public static string Body(int count, int words, bool scores)
    {
        var random = new Random(count * 1000 + words);
        string[] texts = [.. Enumerable.Range(0, count).Select(_ => string.Join(' ', Enumerable.Range(0, words).Select(_ => Word(random))))];
        return scores
            ? JsonSerializer.Serialize(new { inputs = texts, parameters = new { return_all_scores = true, function_to_apply = "none" } })
            : JsonSerializer.Serialize(new { inputs = texts });
    }

    private static string Word(Random random) => string.Create(random.Next(2, 6), random, (word, source) =>
    {
        for (int i = 0; i < word.Length; i++) word[i] = (char)('a' + source.Next(26));
    });
}
