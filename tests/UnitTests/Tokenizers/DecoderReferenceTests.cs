using System.Text.Json.Nodes;
using Thaw.Reference;
using Thaw.Reference.Vocabularies;
using Thaw.Tokenizers;
using Thaw.Tokenizers.Files;

namespace Thaw.UnitTests.Tokenizers;

/// <summary>Decoding against the official library, live.</summary>
public sealed class DecoderReferenceTests
{
    private const int Sequences = 3000;

    // What the decoders look for, whole and in parts, and plain text.
    private static readonly string[] Pieces =
    [
        "a", "##b", "##", "b##c", "aa", "aaa", "中", "é", "\u0301", "😀", " ", "  ", " .", ".",
        "?", "!", ",", "'", "n't", "'m", "do not", " do not do not", "##'s", "'ve", "'re", "'", "x y", "- ' -",
        "▁", "▁Hey", "▁▁", "a▁b", "</w>", "x</w>", "</w></w>", "w>", "</",
        "<0x61>", "<0xE4>", "<0xb8>", "<0xAD>", "<0xF0>", "<0x9F>", "<0x98>", "<0x80>",
        "<0x00>", "<0x+1>", "<0x-1>", "<0x1>", "<0x1 >", "<0xG0>", "<0xé>", "<0X41>", "<0x041>",
        "Ġ", "Ġx", "ĠĠ", "Ã", "©", "Â", "â", "Ń", "¢", "ð", "Ł", "Ċ", "\u00AD", "ń", "Ń中",
    ];

    [Theory]
    [InlineData("null")]
    [InlineData("""{"type":"WordPiece","prefix":"##","cleanup":true}""")]
    [InlineData("""{"type":"WordPiece","prefix":"##","cleanup":false}""")]
    [InlineData("""{"type":"WordPiece","prefix":"a","cleanup":true}""")]
    [InlineData("""{"type":"WordPiece","prefix":"","cleanup":true}""")]
    [InlineData("""{"type":"ByteLevel","add_prefix_space":true,"trim_offsets":true,"use_regex":true}""")]
    [InlineData("""{"type":"ByteLevel","add_prefix_space":false,"trim_offsets":false}""")]
    [InlineData("""{"type":"Metaspace","replacement":"▁","prepend_scheme":"always","split":true}""")]
    [InlineData("""{"type":"Metaspace","replacement":"▁","prepend_scheme":"first"}""")]
    [InlineData("""{"type":"Metaspace","replacement":"▁","prepend_scheme":"never"}""")]
    [InlineData("""{"type":"Metaspace","replacement":"▁","add_prefix_space":true}""")]
    [InlineData("""{"type":"Metaspace","replacement":"▁","str_rep":"▁","add_prefix_space":false,"prepend_scheme":"never"}""")]
    [InlineData("""{"type":"Metaspace","replacement":"a","add_prefix_space":true}""")]
    [InlineData("""{"type":"BPEDecoder","suffix":"</w>"}""")]
    [InlineData("""{"type":"BPEDecoder","suffix":"a"}""")]
    [InlineData("""{"type":"ByteFallback"}""")]
    [InlineData("""{"type":"Fuse"}""")]
    [InlineData("""{"type":"Strip","content":"a","start":1,"stop":0}""")]
    [InlineData("""{"type":"Strip","content":"▁","start":0,"stop":1}""")]
    [InlineData("""{"type":"Replace","pattern":{"String":"▁"},"content":" "}""")]
    [InlineData("""{"type":"Replace","pattern":{"String":"aa"},"content":"$0中"}""")]
    [InlineData("""{"type":"Replace","pattern":{"String":"a"},"content":""}""")]
    [InlineData("""{"type":"Sequence","decoders":[]}""")]
    [InlineData(
        """{"type":"Sequence","decoders":[{"type":"Replace","pattern":{"String":"▁"},"content":" "},{"type":"ByteFallback"},"""
        + """{"type":"Fuse"},{"type":"Strip","content":" ","start":1,"stop":0}]}""")]
    [InlineData(
        """{"type":"Sequence","decoders":[{"type":"Sequence","decoders":[{"type":"ByteLevel","add_prefix_space":true,"trim_offsets":true}]},"""
        + """{"type":"WordPiece","prefix":"##","cleanup":true}]}""")]
    [InlineData(
        """{"type":"Sequence","decoders":[{"type":"ByteFallback"},{"type":"Metaspace","replacement":"▁","prepend_scheme":"always"},"""
        + """{"type":"WordPiece","prefix":"##","cleanup":false}]}""")]
    public void Every_decoder_gives_the_references_text(string decoder)
    {
        JsonNode json = Json();
        json["decoder"] = JsonNode.Parse(decoder);
        using var directory = new TokenizerDirectory();
        directory.Write("tokenizer.json", json.ToJsonString());
        AssertSame(directory.Load(), json.ToJsonString(), RandomIds(new Random(7), Pieces.Length + 8));
    }

    [Fact]
    public void Every_sequence_of_bytes_gives_the_references_text()
    {
        // The alphabet, a piece for each byte, is where every kind of invalid UTF-8 comes from.
        var vocabulary = new JsonObject { ["[UNK]"] = 0 };
        foreach (int value in Enumerable.Range(0, 256 + 68))
        {
            bool isVisible = value is (>= 0x21 and <= 0x7E) or (>= 0xA1 and <= 0xAC) or (>= 0xAE and <= 0xFF);
            if (isVisible || value >= 256) vocabulary[((char)value).ToString()] = vocabulary.Count;
        }

        Assert.Equal(1 + 256, vocabulary.Count);
        JsonNode json = TokenizerDirectory.Json();
        json["model"]!["vocab"] = vocabulary;
        json["post_processor"] = null;
        json["added_tokens"] = new JsonArray();
        json["decoder"] = JsonNode.Parse("""{"type":"ByteLevel","add_prefix_space":true,"trim_offsets":true}""");
        using var directory = new TokenizerDirectory();
        directory.Write("tokenizer.json", json.ToJsonString());
        AssertSame(directory.Load(), json.ToJsonString(), RandomIds(new Random(8), vocabulary.Count));
    }

    [Fact]
    public void The_sample_models_ids_give_the_references_text_with_and_without_special_tokens()
    {
        string json = File.ReadAllText(Path.Combine(Repository.Sample, "tokenizer.json"));
        Tokenizer tokenizer = TokenizerFiles.Load(Repository.Sample);
        AssertSame(tokenizer, json, [.. RandomIds(new Random(9), 9500), .. Enumerable.Range(0, 9500).Select(id => new[] { id })]);

        using var vocabularyOnly = new TokenizerDirectory();
        foreach (string name in (string[])["vocab.txt", "tokenizer_config.json"])
            vocabularyOnly.Write(name, File.ReadAllBytes(Path.Combine(Repository.Sample, name)));
        AssertSame(vocabularyOnly.Load(), json, RandomIds(new Random(10), 9500));
    }

    private static JsonNode Json()
    {
        var vocabulary = new JsonObject { ["[UNK]"] = 0 };
        foreach (string piece in Pieces.Distinct())
            vocabulary[piece] = vocabulary.Count;
        int next = vocabulary.Count;
        // One of the model's pieces, two others (one of them special), and a gap after them.
        JsonNode json = TokenizerDirectory.Json();
        json["model"]!["vocab"] = vocabulary;
        json["post_processor"] = null;
        json["added_tokens"] = new JsonArray(
            TokenizerText.AddedToken("[UNK]", 0, special: true),
            TokenizerText.AddedToken("a", vocabulary["a"]!.GetValue<int>(), special: true),
            TokenizerText.AddedToken("##added ▁Ġ .", next),
            TokenizerText.AddedToken("<0x61>", vocabulary["<0x61>"]!.GetValue<int>()),
            TokenizerText.AddedToken("<s>", next + 1, special: true));
        return json;
    }

    private static int[][] RandomIds(Random random, int below) =>
        [.. Enumerable.Range(0, Sequences).Select(_ => Enumerable.Range(0, random.Next(12)).Select(_ => random.Next(below)).ToArray())];

    private static void AssertSame(Tokenizer tokenizer, string json, int[][] sequences)
    {
        using ReferenceTokenizer reference = ReferenceTokenizer.Load(json);
        foreach (bool skip in (bool[])[true, false])
        {
            string[] expected = reference.Decode(sequences, skip);
            for (int i = 0; i < sequences.Length; i++)
            {
                string actual = tokenizer.Decode(sequences[i], skip);
                Assert.True(expected[i] == actual, $"[{string.Join(", ", sequences[i])}] is \"{actual}\", not \"{expected[i]}\".");
            }
        }
    }
}
