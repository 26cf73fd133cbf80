using System.Text;

namespace Thaw.Reference.Corpora;

/// <summary>Texts around Unicode scalar values, in order.</summary>
public static class ScalarTexts
{
    /// <summary>1,112,064: all code points except the surrogates.</summary>
    public static IEnumerable<Rune> All() =>
        Enumerable.Range(0, 0xD800).Concat(Enumerable.Range(0xE000, 0x110000 - 0xE000)).Select(value => new Rune(value));

    /// <summary>
    /// 215,040: those in blocks where Unicode has characters. All others are unassigned, or private like those from
    /// U+E000 on.
    /// </summary>
    public static IEnumerable<Rune> InUse() => All().Where(rune => rune.Value is < 0x34000 or >= 0xE0000 and < 0xE1000);

    public static IEnumerable<string> Alone(this IEnumerable<Rune> scalars) => scalars.Select(rune => rune.ToString());

    public static IEnumerable<string> BetweenLetters(this IEnumerable<Rune> scalars) => scalars.Select(rune => $"a{rune}b");

    /// <summary>These show mistakes in canonical order and composition.</summary>
    public static IEnumerable<string> DoubledAfterMark(this IEnumerable<Rune> scalars) => scalars.Select(rune => $"e\u0301{rune}{rune}");

    public static IEnumerable<string> InAllForms(this IEnumerable<Rune> scalars) =>
        scalars.Alone().Concat(scalars.BetweenLetters()).Concat(scalars.DoubledAfterMark());

    /// <summary>Many in one text, because most of the cost of the reference is per text.</summary>
    public static IEnumerable<string> Packed(this IEnumerable<string> texts, string separator = " ") =>
        texts.Chunk(64).Select(chunk => string.Join(separator, chunk));
}
