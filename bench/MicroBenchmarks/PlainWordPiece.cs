using System.Globalization;
using System.Text;
using Thaw.Tokenizers.Unicode;

namespace Thaw.MicroBenchmarks;

/// <summary>
/// Textbook WordPiece, with strings and a dictionary: the baseline for the tokenizer. It gives the same ids for texts without
/// added tokens, if it <see cref="Knows"/> all their characters.
/// </summary>
internal sealed class PlainWordPiece
{
    private const int MaxWordLength = 100;

    // string.Normalize does nothing in a process with invariant globalization, so this uses the tokenizer's tables. Built once,
    // because the tokenizer's are compiled in.
    private static readonly Dictionary<char, string> WithoutAccents = FindAccents();

    private readonly Dictionary<string, int> _pieces = new(StringComparer.Ordinal);
    private readonly bool _stripsAccents;
    private readonly int _cls, _sep, _unknown;

    private PlainWordPiece(string[] pieces, bool stripsAccents)
    {
        for (int id = 0; id < pieces.Length; id++) _pieces[pieces[id]] = id;
        (_cls, _sep, _unknown) = (_pieces["[CLS]"], _pieces["[SEP]"], _pieces["[UNK]"]);
        _stripsAccents = stripsAccents;
    }

    public int Count => _pieces.Count;

    /// <summary>False beyond the basic plane, for control characters, and if the lower case has two characters.</summary>
    public static bool Knows(char character) =>
        char.IsWhiteSpace(character) || (character != '\u0130' && CharUnicodeInfo.GetUnicodeCategory(character) is not
            (UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.Surrogate or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned));

    public static PlainWordPiece Load(string vocabularyFile, bool stripsAccents) => new(File.ReadAllLines(vocabularyFile), stripsAccents);

    /// <summary>Writes [CLS] text [SEP], cut to the length of <paramref name="ids"/>; returns the number of ids.</summary>
    public int Encode(string text, Span<int> ids)
    {
        ids[0] = _cls;
        int count = 1;
        string normalized = StripAccents(text).ToLowerInvariant();
        for (int start = 0; start < normalized.Length && count < ids.Length - 1;)
        {
            int end = start + 1;
            if (IsPartOfWord(normalized[start]))
            {
                while (end < normalized.Length && IsPartOfWord(normalized[end])) end++;
            }

            if (!char.IsWhiteSpace(normalized[start])) count += EncodeWord(normalized[start..end], ids[count..^1]);
            start = end;
        }

        ids[count] = _sep;
        return count + 1;
    }

    private static Dictionary<char, string> FindAccents()
    {
        var stripped = new Dictionary<char, string>();
        Span<int> decomposed = stackalloc int[UnicodeTables.MaxDecomposition];
        for (int character = 0x80; character <= char.MaxValue; character++)
        {
            if (char.IsSurrogate((char)character)) continue;
            var kept = new StringBuilder();
            foreach (int part in decomposed[..UnicodeTables.Decompose(character, decomposed)])
            {
                if ((UnicodeTables.Flags(part) & CharFlags.Nonspacing) == 0) kept.Append(new Rune(part));
            }

            if (kept.Length != 1 || kept[0] != character) stripped[(char)character] = kept.ToString();
        }

        return stripped;
    }

    private static bool IsPartOfWord(char character) =>
        !char.IsWhiteSpace(character) && !char.IsPunctuation(character) && !(char.IsAscii(character) && char.IsSymbol(character)) && !IsIdeograph(character);

    private static bool IsIdeograph(char character) =>
        character is >= '\u3400' and <= '\u4DBF' or >= '\u4E00' and <= '\u9FFF' or >= '\uF900' and <= '\uFAFF';

    private string StripAccents(string text)
    {
        if (!_stripsAccents || Ascii.IsValid(text)) return text;
        var stripped = new StringBuilder(text.Length);
        foreach (char character in text)
        {
            if (WithoutAccents.TryGetValue(character, out string? other)) stripped.Append(other);
            else stripped.Append(character);
        }

        return stripped.ToString();
    }

    private int EncodeWord(string word, Span<int> ids)
    {
        int count = 0;
        for (int start = 0; start < word.Length && count < ids.Length;)
        {
            int end = word.Length > MaxWordLength ? start : word.Length;
            int id = _unknown;
            while (end > start && !_pieces.TryGetValue(start == 0 ? word[..end] : "##" + word[start..end], out id)) end--;
            if (end == start)
            {
                ids[0] = _unknown;
                return 1;
            }

            ids[count++] = id;
            start = end;
        }

        return count;
    }
}
