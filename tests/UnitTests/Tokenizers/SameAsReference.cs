using System.Globalization;
using System.Text;
using Thaw.Reference;
using Thaw.Tokenizers;

namespace UnitTests.Tokenizers;

/// <summary>Compares what a tokenizer and the reference make of many texts, and fails with the first differences.</summary>
internal static class SameAsReference
{
    private const int ChunkSize = 20_000;
    private const int MostDifferences = 20;

    /// <returns>Number of texts compared.</returns>
    public static int Ids(WordPieceTokenizer tokenizer, ReferenceTokenizer reference, IEnumerable<string> texts)
    {
        var differences = new List<string>();
        int count = 0;
        foreach (string[] chunk in texts.Chunk(ChunkSize))
        {
            Task<int[][]> answer = Task.Run(() => reference.EncodeIds(chunk));
            int[][] actual = [.. chunk.Select(text => tokenizer.Ids(text, length: 3 * text.Length + 16))];
            int[][] expected = answer.GetAwaiter().GetResult();
            for (int i = 0; i < chunk.Length; i++)
                if (!expected[i].AsSpan().SequenceEqual(actual[i]))
                    differences.Add($"\"{Escaped(chunk[i])}\": expected {List(expected[i])}, got {List(actual[i])}");
            count += chunk.Length;
            if (differences.Count >= MostDifferences)
                break;
        }

        if (differences.Count > 0)
            Assert.Fail($"{differences.Count} differences among the first {count} texts:\n{string.Join('\n', differences.Take(MostDifferences))}");
        return count;
    }

    /// <summary>As in a C# string literal; all but printable ASCII is escaped.</summary>
    public static string Escaped(string text)
    {
        var escaped = new StringBuilder();
        foreach (Rune rune in text.EnumerateRunes())
            _ = rune.Value switch
            {
                '"' or '\\' => escaped.Append('\\').Append(rune),
                >= ' ' and <= '~' => escaped.Append(rune),
                <= 0xFFFF => escaped.Append(CultureInfo.InvariantCulture, $"\\u{rune.Value:X4}"),
                _ => escaped.Append(CultureInfo.InvariantCulture, $"\\U{rune.Value:X8}"),
            };
        return escaped.ToString();
    }

    private static string List(int[] ids) => $"[{string.Join(' ', ids)}]";
}
