using System.Text;

namespace Thaw.Reference.Corpora;

/// <summary>Texts around every Unicode scalar value, in order.</summary>
public static class ScalarTexts
{
    /// <summary>1,112,064: all code points but the surrogates.</summary>
    public static IEnumerable<Rune> All() =>
        Enumerable.Range(0, 0xD800).Concat(Enumerable.Range(0xE000, 0x110000 - 0xE000)).Select(value => new Rune(value));

    public static IEnumerable<string> Alone() => All().Select(rune => rune.ToString());

    public static IEnumerable<string> BetweenLetters() => All().Select(rune => $"a{rune}b");

    /// <summary>Where canonical order and composition would show.</summary>
    public static IEnumerable<string> DoubledAfterMark() => All().Select(rune => $"e\u0301{rune}{rune}");

    public static IEnumerable<string> AllForms() => Alone().Concat(BetweenLetters()).Concat(DoubledAfterMark());
}
