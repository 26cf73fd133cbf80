namespace Thaw.MicroBenchmarks;

/// <summary>
/// WordPiece as textbooks have it, over strings and a dictionary: what the tokenizer is compared with. It lowers case and splits at white
/// space and punctuation, but knows no accents, no ideographs and no added tokens, so it does less than the real one.
/// </summary>
internal sealed class PlainWordPiece
{
    private readonly Dictionary<string, int> _pieces = new(StringComparer.Ordinal);
    private readonly int _cls, _sep, _unknown;

    private PlainWordPiece(string[] pieces)
    {
        for (int id = 0; id < pieces.Length; id++) _pieces[pieces[id]] = id;
        (_cls, _sep, _unknown) = (_pieces["[CLS]"], _pieces["[SEP]"], _pieces["[UNK]"]);
    }

    public int Count => _pieces.Count;

    public static PlainWordPiece Load(string vocabularyFile) => new(File.ReadAllLines(vocabularyFile));

    /// <summary>Writes [CLS] text [SEP], cut to the length of <paramref name="ids"/>; returns the number of ids.</summary>
    public int Encode(string text, Span<int> ids)
    {
        ids[0] = _cls;
        int count = 1;
        string lower = text.ToLowerInvariant();
        for (int start = 0; start < lower.Length && count < ids.Length - 1;)
        {
            int end = start + 1;
            if (IsPartOfWord(lower[start]))
            {
                while (end < lower.Length && IsPartOfWord(lower[end])) end++;
            }

            if (!char.IsWhiteSpace(lower[start])) count += EncodeWord(lower[start..end], ids[count..^1]);
            start = end;
        }

        ids[count] = _sep;
        return count + 1;
    }

    private static bool IsPartOfWord(char character) => !char.IsWhiteSpace(character) && !char.IsPunctuation(character) && !char.IsSymbol(character);

    private int EncodeWord(string word, Span<int> ids)
    {
        int count = 0;
        for (int start = 0; start < word.Length && count < ids.Length;)
        {
            int end = word.Length;
            int id;
            while (!_pieces.TryGetValue(start == 0 ? word[..end] : "##" + word[start..end], out id))
            {
                if (--end > start) continue;
                ids[0] = _unknown;
                return 1;
            }

            ids[count++] = id;
            start = end;
        }

        return count;
    }
}
