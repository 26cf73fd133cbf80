using System.Text;
using System.Text.Json.Nodes;
using Thaw.Reference.Vocabularies;
using Thaw.Tokenizers;
using Thaw.Tokenizers.Encodings;

namespace Thaw.UnitTests.Tokenizers;

public sealed class PostProcessorTests
{
    private const string Trims = """{"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": true}""";
    private const string KeepsFirst = """{"type": "ByteLevel", "add_prefix_space": true, "trim_offsets": true, "use_regex": true}""";
    private const string KeepsAll = """{"type": "ByteLevel", "add_prefix_space": true, "trim_offsets": false, "use_regex": true}""";
    private const string Roberta = """{"type": "RobertaProcessing", "sep": ["</s>", 2], "cls": ["<s>", 0], "trim_offsets": true, "add_prefix_space": false}""";
    private const string Template = """
        {"type": "TemplateProcessing",
         "single": [{"SpecialToken": {"id": "<s>", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}],
         "pair": [{"SpecialToken": {"id": "<s>", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 1}}],
         "special_tokens": {"<s>": {"id": "<s>", "ids": [0], "tokens": ["<s>"]}}}
        """;

    [Theory]
    [InlineData(KeepsAll, " a  b \n c", "0-2 2-3 3-5 5-6 6-7 7-9")]
    [InlineData(Trims, " a  b \n c", "1-2 3-3 4-5 6-6 6-7 8-9")]
    [InlineData(KeepsFirst, " a  b \n c", "0-2 3-3 4-5 6-6 6-7 8-9")]
    public void White_space_that_tokens_begin_and_end_with_is_trimmed_from_their_offsets(string processor, string text, string expected)
    {
        EncodedText encoded = Encode(processor, text, EncodeOptions.Default);
        Assert.Equal(expected, Offsets(encoded[0]));
    }

    [Fact]
    public void The_first_token_of_each_window_keeps_its_space()
    {
        EncodedText encoded = Encode(KeepsFirst, "a b c", new EncodeOptions { MaxLength = 2, Overflow = true });
        Assert.Equal("0-1 2-3", Offsets(encoded[0]));
        Assert.Equal("3-5", Offsets(encoded[1]));
    }

    [Fact]
    public void Added_tokens_are_trimmed_by_the_text_that_they_take()
    {
        EncodedText encoded = Encode(Trims, "a \u00A0<mask>", EncodeOptions.Default);
        Assert.Equal("0-1 3-9", Offsets(encoded[0]));
    }

    [Theory]
    [InlineData(OffsetUnit.CodePoint, "1-2 2-3 4-5")]
    [InlineData(OffsetUnit.Utf16, "1-2 2-4 5-6")]
    [InlineData(OffsetUnit.Byte, "1-2 2-6 7-8")]
    public void Trimmed_offsets_come_in_all_units(OffsetUnit unit, string expected) =>
        Assert.Equal(expected, Offsets(Encode(Trims, " x\U0001F600 b", new EncodeOptions { Offsets = unit })[0]));

    [Fact]
    public void RobertaProcessing_puts_two_separators_between_texts_and_has_one_token_type()
    {
        using var directory = Directory(Roberta);
        Tokenizer tokenizer = directory.Load();
        Assert.Equal(2, tokenizer.SpecialTokensForOne);
        Assert.Equal(4, tokenizer.SpecialTokensForPair);
        using var encoded = new EncodedText();
        tokenizer.EncodePair("a"u8, " b"u8, encoded, EncodeOptions.Default);
        int a = 4 + 'a', b = Merged(" b");
        Assert.Equal([0, a, 2, 2, b, 2], encoded[0].Ids.ToArray());
        Assert.Equal([0, 0, 0, 0, 0, 0], encoded[0].TypeIds.ToArray());
        Assert.Equal([1, 0, 1, 1, 0, 1], encoded[0].SpecialTokensMask.ToArray());
        Assert.Equal("0-0 0-1 0-0 0-0 1-2 0-0", Offsets(encoded[0]));
        tokenizer.EncodePair("a"u8, " b"u8, encoded, new EncodeOptions { AddSpecialTokens = false });
        Assert.Equal([0, 0], encoded[0].TypeIds.ToArray());
    }

    [Fact]
    public void A_sequence_trims_offsets_and_puts_special_tokens_around_the_text()
    {
        EncodedText encoded = Encode($$"""{"type": "Sequence", "processors": [{{Trims}}, {{Template}}]}""", " b", EncodeOptions.Default);
        Assert.Equal([0, Merged(" b")], encoded[0].Ids.ToArray());
        Assert.Equal("0-0 1-2", Offsets(encoded[0]));
    }

    [Theory]
    [InlineData($$"""{"type": "Sequence", "processors": [{{Template}}, {{Trims}}]}""")]
    [InlineData($$"""{"type": "Sequence", "processors": [{{Trims}}, {{Trims}}]}""")]
    [InlineData($$"""{"type": "Sequence", "processors": [{{Template}}, {{Roberta}}]}""")]
    public void Other_sequences_are_refused(string processor)
    {
        using var directory = Directory(processor);
        TokenizerFileException refused = directory.Refused();
        Assert.Contains("post_processor.processors[1]", refused.Message);
        Assert.Contains("Sequence", refused.Message);
    }

    private static int Merged(string text) => Root("[]")["model"]!["vocab"]![text.Replace(' ', 'Ġ')]!.GetValue<int>();

    private static EncodedText Encode(string processor, string text, EncodeOptions options)
    {
        using var directory = Directory(processor);
        var encoded = new EncodedText();
        directory.Load().Encode(Encoding.UTF8.GetBytes(text), encoded, options);
        return encoded;
    }

    private static TokenizerDirectory Directory(string processor)
    {
        JsonObject root = Root(processor);
        var directory = new TokenizerDirectory();
        directory.Write("tokenizer.json", root.ToJsonString());
        return directory;
    }

    private static JsonObject Root(string processor)
    {
        string[] merges = ["Ġ a", "Ġ b", "Ġ c", "Ġ x", "ð Ł", "ĺ Ģ", "ðŁ ĺĢ"];
        JsonObject root = BpeFiles.Of(["<s>", "<pad>", "</s>", "<unk>", .. BpeFiles.Alphabet()], merges, BpeFiles.ByteLevel);
        root["post_processor"] = JsonNode.Parse(processor);
        root["added_tokens"] = new JsonArray(TokenizerText.AddedToken("<mask>", root["model"]!["vocab"]!.AsObject().Count, stripLeft: true));
        return root;
    }

    private static string Offsets(EncodedWindow window) => string.Join(' ', window.Offsets.ToArray().Select(offset => $"{offset.Start}-{offset.End}"));
}
