using System.Text;
using Thaw.Reference.Corpora;
using Thaw.Tokenizers.Unicode;

namespace Thaw.UnitTests.Tokenizers;

/// <summary>Charsmaps in base64.</summary>
internal static class Charsmaps
{
    private static readonly Lazy<string> LazyNmtNfkc = new(() => CharsmapBuilder.Base64(MakeNmtNfkc(lowercase: false)));
    private static readonly Lazy<string> LazyNmtNfkcCf = new(() => CharsmapBuilder.Base64(MakeNmtNfkc(lowercase: true)));

    /// <summary>Like SentencePiece's nmt_nfkc: what NFKC changes, marks that compose, some controls removed, all white space as a space.</summary>
    public static string NmtNfkc => LazyNmtNfkc.Value;

    /// <summary>The same with lower case, like nmt_nfkc_cf.</summary>
    public static string NmtNfkcCf => LazyNmtNfkcCf.Value;

    /// <summary>Unusual cases: changes to ASCII, texts that are longer, shorter or nothing, clusters, a key that begins another.</summary>
    public static string Odd { get; } = CharsmapBuilder.Base64(new Dictionary<string, string>
    {
        ["a"] = "xy", ["b"] = "", ["c"] = " ", ["e\u0301"] = "é", ["o\u0301\u0302"] = "q",
        ["O"] = "o", ["O\u0301"] = "never", ["\r\n"] = "\n", ["ﬁ"] = "fi", ["½"] = "1 2",
        ["\u0301"] = "", ["\u0302"] = "^^^", ["中"] = "zhong", ["👍🏻"] = "+", ["👍"] = "y",
        ["가"] = "\u1100\u1161", ["\u200D"] = "", ["日"] = "日本", ["\u3000"] = " ",
        ["d\u0301"] = "ddd", ["f\u0301"] = "",
    });

    private static Dictionary<string, string> MakeNmtNfkc(bool lowercase)
    {
        var map = new Dictionary<string, string>();
        foreach (Rune rune in ScalarTexts.All())
            Add(rune.ToString());
        foreach (int first in Enumerable.Range('A', 'z' - 'A').Concat(Enumerable.Range(0xC0, 0x500)))
        {
            for (int mark = 0x300; mark < 0x346; mark++)
                Add($"{(char)first}{(char)mark}");
        }

        return map;

        void Add(string key)
        {
            string text = string.Concat(key.EnumerateRunes().Select(rune => Nmt.Map(rune.Value))
                .Where(mapped => mapped != Nmt.Removed)
                .Select(mapped => new Rune(mapped).ToString()));
            text = Nfkc(lowercase ? text.ToLowerInvariant() : text);
            if (text != key && !key.Contains('\0'))
                map[key] = text;
        }
    }

    private static string Nfkc(string text)
    {
        var sink = new Texts();
        Normalization.Run(NormalForm.Nfkc, Encoding.UTF8.GetBytes(text), ref sink);
        return sink.Text.ToString();
    }

    private readonly struct Texts() : INormalizationSink
    {
        public StringBuilder Text { get; } = new();

        public void Keep(scoped ReadOnlySpan<byte> utf8) => Text.Append(Encoding.UTF8.GetString(utf8));

        public void Add(int scalar, int change) => Text.Append(new Rune(scalar));
    }
}
