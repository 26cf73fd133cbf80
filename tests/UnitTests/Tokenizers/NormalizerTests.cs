using System.Text.Json.Nodes;

namespace Thaw.UnitTests.Tokenizers;

public sealed class NormalizerTests
{
    [Fact]
    public void Lower_casing_strips_accents_too_unless_told_otherwise()
    {
        Assert.Equal("cafe", Tokens("CAFÉ"));
        Assert.Equal("cafe", Tokens("CAFE\u0301"));
        Assert.Equal("café", Tokens("CAFÉ", n => n["strip_accents"] = false));
    }

    [Fact]
    public void Case_and_accents_stay_where_lower_case_is_off()
    {
        Assert.Equal("CAFE", Tokens("CAFE", n => n["lowercase"] = false));
        Assert.Equal("café", Tokens("café", n => n["lowercase"] = false));
        Assert.Equal("cafe", Tokens("café", n => (n["lowercase"], n["strip_accents"]) = (false, true)));
    }

    [Fact]
    public void The_dotted_capital_I_becomes_two_characters()
    {
        Assert.Equal("i\u0307", Tokens("\u0130", n => n["strip_accents"] = false));
        Assert.Equal("i", Tokens("\u0130"));
    }

    [Fact]
    public void Lower_case_needs_no_context() => Assert.Equal("\u03C3", Tokens("\u03A3"));

    [Theory]
    [InlineData("hel\0lo")]
    [InlineData("hel\u200Blo")]
    [InlineData("hel\uFFFDlo")]
    [InlineData("\uFEFFhello")]
    [InlineData("hel\uE000lo")]
    public void Controls_and_similar_characters_are_removed(string text) => Assert.Equal("hello", Tokens(text));

    [Theory]
    [InlineData("hello\tworld")]
    [InlineData("hello\r\nworld")]
    [InlineData("hello\u00A0world")]
    [InlineData("hello\u2028world")]
    [InlineData("\u3000hello  world ")]
    public void Any_white_space_separates_words(string text) => Assert.Equal("hello world", Tokens(text));

    [Fact]
    public void Text_that_is_not_cleaned_keeps_its_controls() =>
        Assert.Equal("[UNK]", Tokens("hel\u0001lo", n => n["clean_text"] = false));

    [Fact]
    public void Each_ideograph_is_a_word_unless_that_is_off()
    {
        Assert.Equal("a 中 文 b", Tokens("a中文b"));
        Assert.Equal("[UNK]", Tokens("a中文b", n => n["handle_chinese_chars"] = false));
    }

    [Fact]
    public void Each_punctuation_mark_is_a_word() => Assert.Equal("a ! ? - b", Tokens("a!?-b"));

    [Fact]
    public void A_character_that_decomposes_into_punctuation_splits_words() =>
        Assert.Equal("a [UNK] b", Tokens("a\u2260b"));

    [Fact]
    public void Combining_marks_that_stay_are_put_in_canonical_order()
    {
        // U+1D16D has class 226, U+302E 224; both are spacing marks, which stripping leaves.
        string[] pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "a\u302E\U0001D16D"];
        using var directory = TokenizerDirectory.WithVocabulary(pieces: string.Join('\n', pieces));
        Assert.Equal([2, 5, 3], directory.Load().Ids("a\U0001D16D\u0301\u302E"));
        Assert.Equal([2, 5, 3], directory.Load().Ids("a\u302E\U0001D16D"));
    }

    [Fact]
    public void A_missing_normalizer_leaves_the_text_as_it_is()
    {
        using var directory = TokenizerDirectory.WithJson(root => root["normalizer"] = null);
        Assert.Equal("CAFE café", directory.Load().Tokens("CAFE café"));
    }

    private static string Tokens(string text, Action<JsonNode>? change = null)
    {
        using var directory = TokenizerDirectory.WithJson(root => change?.Invoke(root["normalizer"]!));
        return directory.Load().Tokens(text);
    }
}
