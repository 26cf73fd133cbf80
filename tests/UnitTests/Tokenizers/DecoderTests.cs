using System.Buffers;
using System.Text;
using System.Text.Json.Nodes;
using Thaw.Tokenizers;

namespace Thaw.UnitTests.Tokenizers;

/// <summary>What the comparison with the reference (<see cref="DecoderReferenceTests"/>) does not show.</summary>
public sealed class DecoderTests
{
    [Theory]
    [InlineData("""{"type":"CTC","pad_token":"<pad>","word_delimiter_token":"|","cleanup":true}""", "decoder.type", "CTC")]
    [InlineData("""{"type":"Cyrillic"}""", "decoder.type", "Cyrillic")]
    [InlineData("""{"replacement":"▁"}""", "decoder.type", "none")]
    [InlineData("""7""", "decoder.type", "none")]
    [InlineData("""{"type":"Replace","pattern":{"Regex":"a+"},"content":""}""", "decoder.pattern.Regex", "Regex")]
    [InlineData("""{"type":"Replace","pattern":{"String":""},"content":""}""", "decoder.pattern.String", "empty")]
    [InlineData("""{"type":"Replace","pattern":"a","content":""}""", "decoder.pattern", "object")]
    [InlineData("""{"type":"BPEDecoder"}""", "decoder", "suffix")]
    [InlineData("""{"type":"BPEDecoder","suffix":""}""", "decoder.suffix", "empty")]
    [InlineData("""{"type":"WordPiece","prefix":"##"}""", "decoder", "cleanup")]
    [InlineData("""{"type":"Metaspace","replacement":"ab"}""", "decoder.replacement", "one character")]
    [InlineData("""{"type":"Metaspace","replacement":""}""", "decoder.replacement", "one character")]
    [InlineData("""{"type":"Metaspace","replacement":"▁","prepend_scheme":"often"}""", "decoder.prepend_scheme", "never")]
    [InlineData("""{"type":"Metaspace","replacement":"▁","add_prefix_space":false}""", "decoder.add_prefix_space", "prepend_scheme")]
    [InlineData("""{"type":"Strip","content":"a","start":-1,"stop":0}""", "decoder.start", "-1")]
    [InlineData("""{"type":"Sequence","decoders":[{"type":"Fuse"},{"type":"CTC"}]}""", "decoder.decoders[1].type", "CTC")]
    public void What_is_not_supported_is_refused_by_name(string decoder, string place, string reason)
    {
        using var directory = TokenizerDirectory.WithJson(root => root["decoder"] = JsonNode.Parse(decoder));
        string message = directory.Refused().Message;
        Assert.StartsWith($"tokenizer.json, {place}: ", message);
        Assert.Contains(reason, message);
    }

    [Fact]
    public void A_file_without_a_decoder_is_decoded_with_spaces()
    {
        using var directory = TokenizerDirectory.WithJson(root => root.AsObject().Remove("decoder"));
        Assert.Equal("un ##want ##ed", directory.Load().Decode([2, 10, 11, 12, 3]));
    }

    [Fact]
    public void A_vocabulary_alone_is_decoded_as_BertTokenizer_does()
    {
        using var directory = TokenizerDirectory.WithVocabulary();
        Tokenizer tokenizer = directory.Load();
        Assert.Equal("unwanted running!", tokenizer.Decode(tokenizer.Ids("Unwanted running!")));
        Assert.Equal("[CLS] unwanted [SEP]", tokenizer.Decode([2, 10, 11, 12, 3], skipSpecialTokens: false));
    }

    [Fact]
    public void Unknown_ids_are_skipped()
    {
        using var directory = TokenizerDirectory.WithJson();
        Tokenizer tokenizer = directory.Load();
        Assert.Equal("a b", tokenizer.Decode([TokenizerDirectory.Pieces.Length, 18, -1, int.MaxValue, 19, int.MinValue]));
        Assert.Equal("", tokenizer.Decode([999]));
        Assert.False(tokenizer.TryWriteToken(TokenizerDirectory.Pieces.Length, new ArrayBufferWriter<byte>()));
    }

    [Fact]
    public void Every_token_is_written_as_the_files_have_it()
    {
        using var directory = TokenizerDirectory.WithJson();
        Tokenizer tokenizer = directory.Load();
        for (int id = 0; id < TokenizerDirectory.Pieces.Length; id++)
        {
            var output = new ArrayBufferWriter<byte>();
            Assert.True(tokenizer.TryWriteToken(id, output));
            Assert.Equal(TokenizerDirectory.Pieces[id], Encoding.UTF8.GetString(output.WrittenSpan));
        }
    }

    [Fact]
    public void Ids_may_be_far_apart()
    {
        using var directory = TokenizerDirectory.WithJson(root => root["model"]!["vocab"]!["far"] = int.MaxValue);
        Assert.Equal("a far b", directory.Load().Decode([18, int.MaxValue, 19]));
    }

    [Fact]
    public void More_text_than_asked_for_is_refused_before_any_is_written()
    {
        using var directory = TokenizerDirectory.WithJson(root => root["decoder"] = null);
        Tokenizer tokenizer = directory.Load();
        var output = new ArrayBufferWriter<byte>();
        Assert.True(tokenizer.TryDecode([30, 31], true, output, maxBytes: "hello world".Length));
        Assert.False(tokenizer.TryDecode([30, 31], true, output, maxBytes: "hello world".Length - 1));
        Assert.False(tokenizer.TryDecode([30, 31], true, output, maxBytes: 3));
        Assert.True(tokenizer.TryDecode([], true, output, maxBytes: 0));
        Assert.Equal("hello world", Encoding.UTF8.GetString(output.WrittenSpan));
    }

    [Fact]
    public void Strip_removes_a_piece_that_is_shorter_than_both_ends()
    {
        using var directory = TokenizerDirectory.WithJson(root => root["decoder"] = JsonNode.Parse("""{"type":"Strip","content":"a","start":1,"stop":9}"""));
        Assert.Equal("b", directory.Load().Decode([18, 19]));
    }

    [Fact]
    public void Many_threads_that_decode_first_get_the_same_text()
    {
        for (int round = 0; round < 20; round++)
        {
            using var directory = TokenizerDirectory.WithJson(root => root["model"]!["vocab"]![$"round{round}"] = 1000);
            Tokenizer tokenizer = directory.Load();
            Parallel.For(0, 16, _ => Assert.Equal($"unwanted a round{round}", tokenizer.Decode([2, 10, 11, 12, 18, 1000, 3])));
        }
    }

    [Fact]
    public void A_million_ids_are_decoded_in_linear_time()
    {
        using var directory = TokenizerDirectory.WithJson(root => root["decoder"] = JsonNode.Parse(
            """{"type":"Sequence","decoders":[{"type":"WordPiece","prefix":"##","cleanup":true},{"type":"ByteFallback"},{"type":"Fuse"},"""
            + """{"type":"Strip","content":" ","start":1000000,"stop":1000000},{"type":"ByteLevel"}]}"""));
        var ids = new int[1_000_000];
        Array.Fill(ids, 18);
        Assert.Equal(2 * ids.Length - 1, directory.Load().Decode(ids).Length);
    }

    [Fact]
    public void Decoding_returns_every_buffer()
    {
        using var directory = TokenizerDirectory.WithJson();
        Tokenizer tokenizer = directory.Load();
        using var pools = new Thaw.UnitTests.ArrayPoolWatch();
        tokenizer.Decode([2, 10, 11, 12, 3]);
        Assert.False(tokenizer.TryDecode([10, 11], true, new ArrayBufferWriter<byte>(), maxBytes: 3));
        Assert.True(pools.Rented > 0);
        Assert.Equal(0, pools.Out);
    }
}
