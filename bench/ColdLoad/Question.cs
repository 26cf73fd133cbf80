using System.Text.Json;
using Thaw.Harness;
using Thaw.TestModels;

namespace Thaw.ColdLoad;

/// <summary>The text that all models are asked, 32 tokens: [CLS], 30 words of one piece each, [SEP].</summary>
internal static class Question
{
    private const int Words = 30;
    private const int FirstToken = 2, LastToken = 3;

    // From the first pieces, which vocabularies of every size have.
    private static readonly (string Word, long Id)[] Pieces =
    [
        .. VocabularyFile.Pieces(VocabularyFile.MinimumSize + 2 * Words)
            .Select((piece, id) => (Word: piece, Id: (long)id))
            .Where(piece => piece.Word.Length > 1 && piece.Word.All(char.IsAsciiLetterLower))
            .Take(Words),
    ];

    /// <summary>The ids that the tokenizer must give.</summary>
    public static IReadOnlyList<long> Ids { get; } = IdsOf(1, Words + 2);

    public static string Body { get; } = Serialize(TextOf(0, Words + 2));

    /// <summary>The ids of texts of so many tokens, one text after the other.</summary>
    public static long[] IdsOf(int texts, int tokens) =>
        [.. Enumerable.Range(0, texts).SelectMany(text => (long[])[FirstToken, .. PiecesOf(text, tokens).Select(piece => piece.Id), LastToken])];

    /// <summary>The body of a request with texts of so many tokens, all different.</summary>
    public static string BodyOf(int texts, int tokens) => Serialize(Enumerable.Range(0, texts).Select(text => TextOf(text, tokens)).ToArray());

    /// <summary>Asks a loaded model of a server.</summary>
    /// <returns>The body of the answer.</returns>
    /// <exception cref="HarnessException">The answer was not a 200.</exception>
    public static string Ask(int port, string model) => HttpProbe.Send(port, "POST", $"/models/{model}/invoke", Body);

    /// <summary>The logits of an answer, by label: [{"label":"LABEL_2","score":0.5},…].</summary>
    public static float[] Logits(string answer)
    {
        using JsonDocument document = JsonDocument.Parse(answer);
        return [.. LogitsOf(document.RootElement)];
    }

    /// <summary>The logits of an answer for several texts, one text after the other.</summary>
    public static float[] LogitsOfAll(string answer)
    {
        using JsonDocument document = JsonDocument.Parse(answer);
        return [.. document.RootElement.EnumerateArray().SelectMany(LogitsOf)];
    }

    /// <summary>How far two answers of one model differ, as a share of the range of its logits.</summary>
    public static double Distance(IReadOnlyList<float> left, IReadOnlyList<float> right) =>
        left.Zip(right, (a, b) => Math.Abs(a - b)).Max() / (left.Max() - left.Min());

    private static IEnumerable<float> LogitsOf(JsonElement labels) => labels.EnumerateArray()
        .OrderBy(label => label.GetProperty("label").GetString(), StringComparer.Ordinal)
        .Select(label => label.GetProperty("score").GetSingle());

    // Each text begins with another word.
    private static IEnumerable<(string Word, long Id)> PiecesOf(int text, int tokens) =>
        Enumerable.Range(text, tokens - 2).Select(i => Pieces[i % Words]);

    private static string TextOf(int text, int tokens) => string.Join(' ', PiecesOf(text, tokens).Select(piece => piece.Word));

    private static string Serialize(object inputs) =>
        JsonSerializer.Serialize(new { inputs, parameters = new { function_to_apply = "none", top_k = (int?)null } });
}
