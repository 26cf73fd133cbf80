using System.Globalization;

namespace Thaw.UnitTests.Tokenizers.Peer;

/// <summary>Where the ids of Microsoft.ML.Tokenizers' BertTokenizer differ from the reference's, and so from this one's.</summary>
/// <param name="Text">A text that shows it.</param>
/// <param name="Tokens">Its tokens here, with the pieces of <see cref="TokenizerDirectory"/>.</param>
/// <param name="PeerTokens">Its tokens there.</param>
/// <param name="Concerns">Whether a text may show it.</param>
public sealed record KnownDifference(string Name, string Text, string Tokens, string PeerTokens, Func<string, bool> Concerns)
{
    private static readonly string[] SpecialTokens = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"];

    public static readonly KnownDifference[] All =
    [
        // https://github.com/dotnet/machinelearning/issues/7724
        new("Line breaks and tabs are dropped, which joins words", "a\nb", "a b", "a ##b", text => text.Any(char.IsControl)),
        // https://github.com/dotnet/machinelearning/issues/7725
        new("Symbols are dropped",
            "a + b", "a [UNK] b", "a b",
            Has(UnicodeCategory.MathSymbol, UnicodeCategory.CurrencySymbol, UnicodeCategory.ModifierSymbol, UnicodeCategory.OtherSymbol)),
        new("Emoji and everything else outside the basic plane are dropped", "a 🙂 b", "a [UNK] b", "a b", text => text.Any(char.IsSurrogate)),
        new("Numbers that are not digits are dropped", "a½", "[UNK]", "a", Has(UnicodeCategory.OtherNumber, UnicodeCategory.LetterNumber)),
        new("Spacing and enclosing marks are dropped and end a word",
            "a\u093Eb", "[UNK]", "a b",
            Has(UnicodeCategory.SpacingCombiningMark, UnicodeCategory.EnclosingMark)),
        new("Format characters end a word instead of being dropped",
            "a\u200Bb", "a ##b", "a b",
            Has(UnicodeCategory.Format, UnicodeCategory.PrivateUse, UnicodeCategory.OtherNotAssigned)),
        new("Connecting punctuation is part of a word", "a_b", "a [UNK] b", "[UNK]", Has(UnicodeCategory.ConnectorPunctuation)),
        new("Special tokens count in any case",
            "[mask]", "[UNK] [UNK] [UNK]", "[MASK]",
            text => SpecialTokens.Any(token => text.Contains(token, StringComparison.OrdinalIgnoreCase))),
        new("The capital I with a dot stays a capital", "\u0130", "i", "[UNK]", text => text.Contains('\u0130')),
        new("Accents stay unless told otherwise", "Café", "cafe", "café", _ => false),
    ];

    public override string ToString() => Name;

    private static Func<string, bool> Has(params UnicodeCategory[] categories) =>
        text => text.Any(character => categories.Contains(char.GetUnicodeCategory(character)));
}
