using System.Text;
using System.Text.Json.Nodes;
using Thaw.Tokenizers;
using Thaw.Tokenizers.Encodings;

namespace Thaw.UnitTests.Tokenizers;

/// <summary>Where the pre-tokenizers split, shown by the tokens of a model that knows no words.</summary>
public sealed class SplitTests
{
    private const string Gpt2 = @"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+";
    private const string Llama3 = @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";
    private const string Qwen2 = @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    [Theory]
    [InlineData("Hello my friend, how's it?", "Hello| my| friend|,| how|'s| it|?")]
    [InlineData("we'll they've I'm 'Tis", "we|'ll| they|'ve| I|'m| '|Tis")]
    [InlineData("a  b   c", "a| | b|  | c")]
    [InlineData("a\n\nb \n c ", "a|\n|\n|b| \n| c| ")]
    [InlineData("12 345x \u00BD", "12| 345|x| \u00BD")]
    [InlineData("caf\u00E9 e\u0301 \u4E2D\u6587", "caf\u00E9| e|\u0301| \u4E2D\u6587")]
    public void The_pattern_of_Gpt2_splits_like_this(string text, string expected)
    {
        Assert.Equal(expected, Words(Regex(Gpt2), text));
        Assert.Equal(expected, Words(BpeFiles.ByteLevel, text));
    }

    [Theory]
    [InlineData("Hello my friend, how'S it?", "Hello| my| friend|,| how|'S| it|?")]
    [InlineData("x'\u017F y'LL 'm", "x|'\u017F| y|'LL| '|m")]
    [InlineData("a (b)\r\n\r\nc", "a| (|b|)\r\n\r\n|c")]
    [InlineData("a  \n \n  b", "a|  \n \n| | b")]
    [InlineData("12345 67", "123|45| |67")]
    [InlineData("\tx $y !", "\tx| $|y| !")]
    public void The_pattern_of_Llama_3_splits_like_this(string text, string expected) => Assert.Equal(expected, Words(Regex(Llama3), text));

    [Fact]
    public void In_the_pattern_of_Qwen_2_each_digit_is_a_word() => Assert.Equal("1|2|3| |4", Words(Regex(Qwen2), "123 4"));

    // The example of the reference's documentation.
    [Theory]
    [InlineData("Removed", "the|final|countdown")]
    [InlineData("Isolated", "the|-|final|-|-|countdown")]
    [InlineData("MergedWithPrevious", "the-|final-|-|countdown")]
    [InlineData("MergedWithNext", "the|-final|-|-countdown")]
    [InlineData("Contiguous", "the|-|final|--|countdown")]
    public void A_text_splits_in_five_ways(string behavior, string expected) =>
        Assert.Equal(expected, Words(Text("-", behavior, invert: false), "the-final--countdown"));

    [Theory]
    [InlineData("Removed", "-|-|-")]
    [InlineData("Isolated", "the|-|final|-|-|countdown")]
    [InlineData("MergedWithPrevious", "the|-final|-|-countdown")]
    [InlineData("MergedWithNext", "the-|final-|-|countdown")]
    [InlineData("Contiguous", "the|-|final|--|countdown")]
    public void Inverted_everything_except_the_text_matches(string behavior, string expected) =>
        Assert.Equal(expected, Words(Text("-", behavior, invert: true), "the-final--countdown"));

    [Theory]
    [InlineData("""{"type": "Digits", "individual_digits": true}""", "Call |1|2|3|!|\u0663|\u00B2")]
    [InlineData("""{"type": "Digits", "individual_digits": false}""", "Call |123|!|\u0663\u00B2")]
    [InlineData("""{"type": "Punctuation"}""", "Call 123|!|\u0663\u00B2")]
    [InlineData("""{"type": "Punctuation", "behavior": "MergedWithPrevious"}""", "Call 123!|\u0663\u00B2")]
    [InlineData("""{"type": "Whitespace"}""", "Call|123|!|\u0663|\u00B2")]
    [InlineData("""{"type": "WhitespaceSplit"}""", "Call|123!\u0663\u00B2")]
    [InlineData("""{"type": "CharDelimiterSplit", "delimiter": "l"}""", "Ca| 123!\u0663\u00B2")]
    public void Kinds_of_characters_split(string preTokenizer, string expected) => Assert.Equal(expected, Words(preTokenizer, "Call 123!\u0663\u00B2"));

    [Fact]
    public void A_sequence_splits_step_by_step() =>
        Assert.Equal(
            "a|1|2| b|3",
            Words($$"""{"type": "Sequence", "pretokenizers": [{"type": "Digits", "individual_digits": true}, {{BpeFiles.ByteLevel}}]}""", "a12 b3"));

    [Theory]
    [InlineData("""{"type": "Split", "pattern": {"Regex": "\\d+"}, "behavior": "Isolated", "invert": false}""", "pre_tokenizer.pattern.Regex", @"\d+")]
    [InlineData("""{"type": "Split", "pattern": {"String": ""}, "behavior": "Isolated", "invert": false}""", "pre_tokenizer.pattern.String", "empty")]
    [InlineData("""{"type": "Split", "pattern": {"String": "a"}, "behavior": "Dropped", "invert": false}""", "pre_tokenizer.behavior", "Removed")]
    [InlineData("""{"type": "CharDelimiterSplit", "delimiter": "ab"}""", "pre_tokenizer.delimiter", "one character")]
    [InlineData("""{"type": "UnicodeScripts"}""", "pre_tokenizer.type", "UnicodeScripts is not supported")]
    public void What_is_not_supported_is_refused_by_name(string preTokenizer, string place, string reason)
    {
        using var directory = new TokenizerDirectory();
        directory.Write("tokenizer.json", BpeFiles.Bytes(preTokenizer).ToJsonString());
        TokenizerFileException refused = directory.Refused();
        Assert.Contains(place, refused.Message);
        Assert.Contains(reason, refused.Message);
    }

    private static string Regex(string regex) => new JsonObject
    {
        ["type"] = "Split", ["pattern"] = new JsonObject { ["Regex"] = regex }, ["behavior"] = "Isolated", ["invert"] = false,
    }.ToJsonString();

    private static string Text(string text, string behavior, bool invert) => new JsonObject
    {
        ["type"] = "Split", ["pattern"] = new JsonObject { ["String"] = text }, ["behavior"] = behavior, ["invert"] = invert,
    }.ToJsonString();

    // An unknown word is one token, so that the offsets of all tokens show the words.
    private static string Words(string preTokenizer, string text)
    {
        using var directory = new TokenizerDirectory();
        directory.Write("tokenizer.json", BpeFiles.Of(["?"], [], preTokenizer).With(("unk_token", "?"), ("fuse_unk", true)).ToJsonString());
        using var encoded = new EncodedText();
        byte[] utf8 = Encoding.UTF8.GetBytes(text);
        directory.Load().Encode(utf8, encoded, new EncodeOptions { Offsets = OffsetUnit.Byte });
        return string.Join('|', encoded[0].Offsets.ToArray().Select(offset => Encoding.UTF8.GetString(utf8, offset.Start, offset.End - offset.Start)));
    }
}
