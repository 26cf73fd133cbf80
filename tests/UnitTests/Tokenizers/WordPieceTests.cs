using System.Text;
using System.Text.Json.Nodes;
using Thaw.Reference.Vocabularies;
using Thaw.Tokenizers;
using Thaw.Tokenizers.Files;

namespace Thaw.UnitTests.Tokenizers;

public sealed class WordPieceTests
{
    [Fact]
    public void The_longest_piece_is_taken_first()
    {
        using var directory = TokenizerDirectory.WithJson();
        Assert.Equal("un ##want ##ed runn ##ing", directory.Load().Tokens("Unwanted running"));
    }

    [Fact]
    public void A_word_with_a_part_that_no_piece_matches_is_unknown_as_a_whole()
    {
        using var directory = TokenizerDirectory.WithJson();
        Assert.Equal("[UNK] a", directory.Load().Tokens("unwantedX a"));
    }

    [Fact]
    public void A_word_longer_than_the_limit_becomes_unknown()
    {
        using var directory = TokenizerDirectory.WithJson();
        Tokenizer tokenizer = directory.Load();
        Assert.Equal(100 + 2, tokenizer.Ids(new string('a', 100)).Length);
        Assert.Equal([2, 1, 3], tokenizer.Ids(new string('a', 101)));
        Assert.Equal([2, 1, 3], tokenizer.Ids(new string('a', 100_000)));
    }

    [Fact]
    public void An_empty_text_has_only_special_tokens()
    {
        using var directory = TokenizerDirectory.WithJson();
        Assert.Equal([2, 3], directory.Load().Ids(""));
        Assert.Equal([2, 3], directory.Load().Ids(" \t\u200B"));
    }

    [Fact]
    public void Special_tokens_written_in_the_text_are_recognised()
    {
        using var directory = TokenizerDirectory.WithJson();
        Assert.Equal("a [MASK] b [UNK] [UNK] [UNK]", directory.Load().Tokens("a[MASK]b [mask]"));
    }

    [Fact]
    public void Added_tokens_take_white_space_and_whole_words_as_they_say()
    {
        int next = TokenizerDirectory.Pieces.Length;
        using var directory = TokenizerDirectory.WithJson(root =>
        {
            JsonArray added = root["added_tokens"]!.AsArray();
            added.Add(TokenizerText.AddedToken("word", next, singleWord: true));
            added.Add(TokenizerText.AddedToken("Hallo", next + 1, normalized: true));
            added.Add(TokenizerText.AddedToken("<x>", next + 2, stripLeft: true, stripRight: true));
            added.Add(TokenizerText.AddedToken("<x>y", next + 3));
        });
        Tokenizer tokenizer = directory.Load();
        Assert.Equal($"a #{next} b", tokenizer.Tokens("a word b"));
        Assert.Equal("[UNK] b", tokenizer.Tokens("awordb b"));
        Assert.Equal($"a #{next + 1} b", tokenizer.Tokens("aHALLÓb"));
        Assert.Equal($"a #{next + 2} b", tokenizer.Tokens("a  <x>  b"));
        Assert.Equal($"a #{next + 3} b", tokenizer.Tokens("a<x>yb"));
    }

    [Fact]
    public void Truncation_keeps_the_first_tokens_and_says_so()
    {
        using var directory = TokenizerDirectory.WithJson();
        Tokenizer tokenizer = directory.Load();
        var ids = new int[5];
        Assert.Equal(5, tokenizer.Encode("a b a"u8, ids, out bool truncated));
        Assert.False(truncated);
        Assert.Equal(5, tokenizer.Encode("a b a b"u8, ids, out truncated));
        Assert.True(truncated);
        Assert.Equal([2, 18, 19, 18, 3], ids);
        Assert.Equal(2, tokenizer.Encode("a"u8, ids.AsSpan(0, 2), out truncated));
        Assert.True(truncated);
        Assert.Throws<ArgumentOutOfRangeException>(() => tokenizer.Encode("a"u8, ids.AsSpan(0, 1), out _));
    }

    // Room for 4 and 5 tokens; the reference gives the odd one to the longer text, to the second if they are equal.
    [Theory]
    [InlineData(7, 1, 9, 1, 3, true)]
    [InlineData(7, 9, 1, 3, 1, true)]
    [InlineData(7, 9, 9, 2, 2, true)]
    [InlineData(7, 2, 2, 2, 2, false)]
    [InlineData(8, 3, 9, 2, 3, true)]
    [InlineData(8, 7, 6, 3, 2, true)]
    [InlineData(8, 6, 6, 2, 3, true)]
    [InlineData(8, 0, 9, 0, 5, true)]
    [InlineData(8, 9, 0, 5, 0, true)]
    // The reference stops counting at the whole length, so these two are equally long for it.
    [InlineData(8, 90, 9, 2, 3, true)]
    [InlineData(3, 9, 9, 0, 0, true)]
    public void A_pair_is_cut_where_it_is_longer(int length, int first, int second, int keptOfFirst, int keptOfSecond, bool cut)
    {
        using var directory = TokenizerDirectory.WithJson();
        var ids = new int[length];
        var typeIds = new byte[length];
        int count = directory.Load().EncodePair(
            Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("a ", first))),
            Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("b ", second))),
            ids, typeIds, out bool truncated);
        int[] expected = [2, .. Enumerable.Repeat(18, keptOfFirst), 3, .. Enumerable.Repeat(19, keptOfSecond), 3];
        Assert.Equal(expected, ids[..count]);
        Assert.Equal([.. Enumerable.Repeat((byte)0, keptOfFirst + 2), .. Enumerable.Repeat((byte)1, keptOfSecond + 1)], typeIds[..count]);
        Assert.Equal(cut, truncated);
    }

    [Fact]
    public void Ids_of_the_sample_model_are_those_of_the_reference()
    {
        string sample = Repository.Sample;
        Tokenizer tokenizer = TokenizerFiles.Load(sample);
        Assert.Equal(48, tokenizer.MaxLength);
        Assert.Equal(0, tokenizer.PadId);
        using var vocabularyOnly = new TokenizerDirectory();
        foreach (string name in (string[])["vocab.txt", "tokenizer_config.json"])
            vocabularyOnly.Write(name, File.ReadAllBytes(Path.Combine(sample, name)));

        int lines = 0;
        foreach (string line in File.ReadLines(Path.Combine(sample, "goldens.jsonl")))
        {
            JsonNode golden = JsonNode.Parse(line)!;
            int[] expected = [.. golden["input_ids"]!.AsArray().Select(id => id!.GetValue<int>())];
            Assert.Equal(expected, tokenizer.Ids(golden["text"]!.GetValue<string>(), tokenizer.MaxLength));
            Assert.Equal(expected, vocabularyOnly.Load().Ids(golden["text"]!.GetValue<string>(), tokenizer.MaxLength));
            lines++;
        }

        Assert.True(lines > 20);
    }

    [Fact]
    public void Invalid_bytes_count_as_the_replacement_character()
    {
        using var directory = TokenizerDirectory.WithJson(root => root["normalizer"]!["clean_text"] = false);
        Tokenizer tokenizer = directory.Load();
        var random = new Random(20);
        for (int round = 0; round < 20_000; round++)
        {
            var bytes = new byte[random.Next(12)];
            for (int i = 0; i < bytes.Length; i++)
                bytes[i] = random.Next(3) == 0 ? (byte)random.Next(0x20, 0x80) : (byte)random.Next(0x80, 0x100);
            Assert.Equal(tokenizer.Ids(Encoding.UTF8.GetString(bytes)), tokenizer.Ids(bytes.AsSpan()));
        }
    }

    [Fact]
    public void Encoding_allocates_nothing()
    {
        using var directory = TokenizerDirectory.WithJson(root =>
            root["added_tokens"]!.AsArray().Add(TokenizerText.AddedToken("Hallo", TokenizerDirectory.Pieces.Length, normalized: true)));
        Tokenizer tokenizer = directory.Load();
        byte[] text = Encoding.UTF8.GetBytes("Unwanted CAFÉ running [MASK] hallo a\U0001D16D\u302E\u0301 中文 " + new string('é', 500));
        var ids = new int[2048];
        var typeIds = new byte[2048];
        Allocations.AssertNone(() =>
        {
            tokenizer.Encode(text, ids, out _);
            tokenizer.EncodePair(text, text, ids, typeIds, out _);
        });
    }

    [Fact]
    public void Many_threads_get_the_same_ids()
    {
        Tokenizer tokenizer = TokenizerFiles.Load(Repository.Sample);
        string[] texts = [.. Enumerable.Range(0, 64).Select(i => $"Wo ist die Bibliothek {i}? Où est {new string('x', i)} [MASK] 图书馆")];
        int[][] expected = [.. texts.Select(text => tokenizer.Ids(text))];
        Parallel.For(0, 4000, i => Assert.Equal(expected[i % 64], tokenizer.Ids(texts[i % 64])));
    }

    [Fact]
    public void A_cut_text_costs_no_more_than_what_is_kept_of_it()
    {
        using var directory = TokenizerDirectory.WithJson();
        Tokenizer tokenizer = directory.Load();
        // In a careless tokenizer each of these is quadratic, or reads all of the text.
        foreach (string unit in (string[])["a", "\u0301", "\U0001D16D\u302E", "中", "[MASK", "a ", "\u1E69", "é"])
        {
            byte[] text = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat(unit, 300_000)));
            var ids = new int[16];
            Assert.InRange(tokenizer.Encode(text, ids, out _), 2, 16);
        }
    }
}
