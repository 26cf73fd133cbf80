using System.Text;
using System.Text.Json.Nodes;
using Thaw.Reference.Vocabularies;
using Thaw.Tokenizers;
using Thaw.Tokenizers.Encodings;

namespace Thaw.UnitTests.Tokenizers;

public sealed class ByteLevelTests
{
    private const string Split = """{"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": true}""";

    [Fact]
    public void Each_byte_is_a_character_of_the_vocabulary()
    {
        Tokenizer tokenizer = Load(BpeFiles.Bytes(BpeFiles.ByteLevel));
        byte[] all = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(0, 0x800).Concat([0x20AC, 0x1F600]).Select(char.ConvertFromUtf32)));
        Assert.Equal(all.Select(value => (int)value), tokenizer.Ids(all));
    }

    [Fact]
    public void A_space_is_put_before_the_text_between_added_tokens_on_request()
    {
        JsonObject root = BpeFiles.Bytes(BpeFiles.PrefixedByteLevel);
        root["added_tokens"] = new JsonArray(TokenizerText.AddedToken("<x>", 256));
        Tokenizer tokenizer = Load(root);
        Assert.Equal([' ', 'a', 256, ' ', 'b'], tokenizer.Ids("a<x>b"));
        Assert.Equal([' ', 'a', 256, ' ', 'b', 256], tokenizer.Ids(" a<x> b<x>"));
        Assert.Equal([' ', '\t', 'a'], tokenizer.Ids("\ta"));
        Assert.Equal([], tokenizer.Ids(""));
    }

    [Fact]
    public void Without_the_pattern_a_text_is_one_word()
    {
        JsonObject root = BpeFiles.Of(
            [.. BpeFiles.Alphabet()], ["a Ġ", "aĠ b"],
            """{"type": "ByteLevel", "add_prefix_space": true, "trim_offsets": true, "use_regex": false}""");
        int merged = root["model"]!["vocab"]!["aĠb"]!.GetValue<int>();
        Assert.Equal([' ', merged], Load(root).Ids("a b"));
    }

    [Fact]
    public void The_configuration_overrides_the_files_prefix_space_unless_the_class_is_generic()
    {
        using var directory = new TokenizerDirectory();
        directory.Write("tokenizer.json", BpeFiles.Bytes(BpeFiles.ByteLevel).ToJsonString());
        directory.Write("tokenizer_config.json", """{"tokenizer_class": "RobertaTokenizer", "add_prefix_space": true}""");
        Assert.Equal([' ', 'a'], directory.Load().Ids("a"));
        directory.Write("tokenizer_config.json", """{"tokenizer_class": "PreTrainedTokenizerFast", "add_prefix_space": true}""");
        Assert.Equal(['a'], directory.Load().Ids("a"));
        directory.Write("tokenizer.json", BpeFiles.Bytes($$"""{"type": "Sequence", "pretokenizers": [{{BpeFiles.ByteLevel}}]}""").ToJsonString());
        directory.Write("tokenizer_config.json", """{"tokenizer_class": "GPT2Tokenizer", "add_prefix_space": true}""");
        Assert.Equal(['a'], directory.Load().Ids("a"));
    }

    [Fact]
    public void Added_tokens_have_the_ids_of_pieces_as_the_file_writes_them()
    {
        JsonObject root = BpeFiles.Of([.. BpeFiles.Alphabet(), "Ġthe", "a b", "中"], [], BpeFiles.ByteLevel);
        root["added_tokens"] = new JsonArray(
            TokenizerText.AddedToken("a b", 257),
            TokenizerText.AddedToken("中", 258),
            TokenizerText.AddedToken("Ġthe", 256));
        Assert.Equal(['x', 257, 258, 256, ' ', 't', 'h', 'e'], Load(root).Ids("xa b中Ġthe the"));
    }

    [Fact]
    public void Pieces_with_characters_that_map_to_no_byte_match_no_text()
    {
        JsonObject root = BpeFiles.Of(
            [.. BpeFiles.Alphabet(), "a b", "中"], [],
            """{"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": false}""");
        Assert.Equal(['a', ' ', 'b'], Load(root.With(("ignore_merges", true))).Ids("a b"));
        Assert.Equal([0xE4, 0xB8, 0xAD], Load(root).Ids("中"));
    }

    [Theory]
    [InlineData("é", "0-1 0-1")]
    [InlineData("aé b", "0-1 1-2 1-2 2-3 3-4")]
    [InlineData("\U0001F600", "0-1 0-1 0-1 0-1")]
    public void Each_byte_of_a_character_has_the_offsets_of_the_character(string text, string expected) =>
        Assert.Equal(expected, Offsets(BpeFiles.Bytes(Split), text));

    [Fact]
    public void Bytes_that_are_left_out_shift_what_comes_after_them()
    {
        // Lengths count in the byte-level alphabet, and from the word's start: x, of one byte, is taken for the missing a.
        JsonObject root = BpeFiles.Of(["x", "y"], [], Split);
        Assert.Equal("0-1", Offsets(root, "ax"));
        Assert.Equal("0-1 1-2", Offsets(root, "xay"));
        Assert.Equal("0-1 0-1", Offsets(root, "éxy"));
    }

    [Fact]
    public void Pieces_are_written_out_as_the_file_writes_them()
    {
        JsonObject root = BpeFiles.Of([.. BpeFiles.Alphabet(), "Ġthe", "中"], [], BpeFiles.ByteLevel);
        Tokenizer tokenizer = Load(root);
        foreach ((string piece, JsonNode? id) in root["model"]!["vocab"]!.AsObject())
        {
            var written = new System.Buffers.ArrayBufferWriter<byte>();
            Assert.True(tokenizer.TryWriteToken(id!.GetValue<int>(), written));
            Assert.Equal(piece, Encoding.UTF8.GetString(written.WrittenSpan));
        }

        Assert.False(tokenizer.TryWriteToken(258, new System.Buffers.ArrayBufferWriter<byte>()));
    }

    private static Tokenizer Load(JsonObject root)
    {
        using var directory = new TokenizerDirectory();
        directory.Write("tokenizer.json", root.ToJsonString());
        return directory.Load();
    }

    private static string Offsets(JsonObject root, string text)
    {
        using var encoded = new EncodedText();
        Load(root).Encode(Encoding.UTF8.GetBytes(text), encoded, EncodeOptions.Default);
        return string.Join(' ', encoded[0].Offsets.ToArray().Select(offset => $"{offset.Start}-{offset.End}"));
    }
}
