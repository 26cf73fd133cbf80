using System.Text;
using System.Text.Json.Nodes;
using Thaw.Reference.Vocabularies;
using Thaw.Tokenizers;
using Thaw.Tokenizers.Encodings;

namespace Thaw.UnitTests.Tokenizers;

public sealed class BpeTests
{
    [Fact]
    public void The_merge_of_the_lowest_rank_comes_first()
    {
        Assert.Equal("ab c", Tokens(BpeFiles.Of([], ["a b", "b c"]), "abc"));
        Assert.Equal("a bc", Tokens(BpeFiles.Of([], ["b c", "a b"]), "abc"));
    }

    [Fact]
    public void The_leftmost_of_equal_pairs_comes_first() => Assert.Equal("aa a b", Tokens(BpeFiles.Of(["b"], ["a a"]), "aaab"));

    [Fact]
    public void Merges_continue_with_the_results_of_merges() => Assert.Equal("unrelated", Tokens(Unrelated(), "unrelated"));

    [Fact]
    public void Merges_may_be_written_as_lists()
    {
        JsonObject root = BpeFiles.Of([" a"], ["a b"]);
        root["model"]!["merges"] = new JsonArray(new JsonArray("a", "b"));
        Assert.Equal("ab", Tokens(root, "ab"));
    }

    [Fact]
    public void A_version_line_among_the_merges_is_skipped()
    {
        JsonObject root = BpeFiles.Of([" a"], ["a b"]);
        root["model"]!["merges"] = new JsonArray("#version: 0.2", "a b");
        Assert.Equal("ab", Tokens(root, "ab"));
    }

    [Fact]
    public void The_last_of_two_merges_of_one_pair_counts() =>
        Assert.Equal("a bc", Tokens(BpeFiles.Of([], ["a b", "b c", "a b"]), "abc"));

    [Fact]
    public void A_word_that_is_a_piece_is_taken_whole_only_if_merges_lead_to_it_or_are_ignored()
    {
        JsonObject root = BpeFiles.Of(["a", "abc"], ["b c"]);
        Assert.Equal("a bc", Tokens(root, "abc"));
        Assert.Equal("abc", Tokens(root.With(("ignore_merges", true)), "abc"));
    }

    [Fact]
    public void A_word_that_was_merged_before_gets_the_same_ids()
    {
        using var directory = new TokenizerDirectory();
        directory.Write("tokenizer.json", BpeFiles.Of(["abc", " "], ["b c", "a d"], """{"type": "WhitespaceSplit"}""").ToJsonString());
        Tokenizer tokenizer = directory.Load();
        int[] first = tokenizer.Ids("abc ad abc ad");
        Assert.Equal(6, first.Length);
        Assert.Equal(first, tokenizer.Ids("abc ad abc ad"));
    }

    [Fact]
    public void Characters_without_a_piece_are_left_out_unless_there_is_a_token_for_them()
    {
        JsonObject root = BpeFiles.Of(["?"], ["a b"]);
        Assert.Equal("ab ab", Tokens(root, "abxyab"));
        Assert.Equal("ab", Tokens(root, "axb"));
        root.With(("unk_token", "?"));
        Assert.Equal("ab ? ? ab", Tokens(root, "abxyab"));
        Assert.Equal("ab ? ab", Tokens(root.With(("fuse_unk", true)), "abxyab"));
    }

    [Fact]
    public void Characters_without_a_piece_become_their_bytes_if_all_bytes_have_pieces()
    {
        JsonObject root = BpeFiles.Of(["?", "<0xC3>", "<0xA9>"], ["a b"]).With(("unk_token", "?"), ("byte_fallback", true));
        Assert.Equal("ab <0xC3> <0xA9> ?", Tokens(root, "abéê"));
    }

    [Fact]
    public void Pieces_inside_a_word_and_at_its_end_are_written_as_the_file_says()
    {
        JsonObject root = BpeFiles.Of(["a", "##b", "##c", "ab", "abc", "?"], []).With(("continuing_subword_prefix", "##"), ("unk_token", "?"));
        root["model"]!["merges"] = new JsonArray("a ##b", "ab ##c");
        Assert.Equal("abc", Tokens(root, "abc"));
        Assert.Equal("? ##b", Tokens(root, "bb"));
        JsonObject suffixed = BpeFiles.Of([], ["a b</w>", "a b"]).With(("end_of_word_suffix", "</w>"));
        Assert.Equal("ab ab</w>", Tokens(suffixed, "abab"));
    }

    [Fact]
    public void Long_words_are_merged_like_short_ones()
    {
        var random = new Random(3);
        string[] merges = ["a b", "b a", "ab a", "a a", "ab ab", "ba b", "aba b", "b b", "aa ab", "abab abab", "bb bb"];
        for (int round = 0; round < 300; round++)
        {
            random.Shuffle(merges);
            JsonObject root = BpeFiles.Of([], merges);
            string word = string.Concat(Enumerable.Range(0, random.Next(2, 200)).Select(_ => random.Next(2) == 0 ? 'a' : 'b'));
            Assert.Equal(Merged(word, merges), Tokens(root, word));
        }
    }

    [Theory]
    [InlineData("a")]
    [InlineData(" ")]
    [InlineData("1")]
    [InlineData("\u0301")]
    [InlineData("ab")]
    [InlineData("'s")]
    [InlineData("\n ")]
    public void A_long_repeated_text_is_read_to_its_end(string unit)
    {
        using var directory = new TokenizerDirectory();
        string[] merges = ["a b", "Ġ Ġ", "ĠĠ ĠĠ", "1 1", "Ì ģ", "Ìģ Ìģ", "ab ab", "a a", "aa aa"];
        directory.Write("tokenizer.json", BpeFiles.Of([.. BpeFiles.Alphabet()], merges, BpeFiles.ByteLevel).ToJsonString());
        byte[] text = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat(unit, 300_000)));
        using var encoded = new EncodedText();
        directory.Load().Encode(text, encoded, new EncodeOptions { Offsets = OffsetUnit.Byte });
        Assert.Equal(0, encoded[0].Offsets[0].Start);
        Assert.Equal(text.Length, encoded[0].Offsets[^1].End);
    }

    [Fact]
    public void Encoding_allocates_nothing()
    {
        using var directory = new TokenizerDirectory();
        JsonObject root = BpeFiles.Of([.. BpeFiles.Alphabet()], ["t h", "th e", "Ġ the"], BpeFiles.PrefixedByteLevel);
        root["added_tokens"] = new JsonArray(TokenizerText.AddedToken("<mask>", 300, stripLeft: true));
        root["post_processor"] = JsonNode.Parse(
            """{"type": "RobertaProcessing", "sep": ["t", 1], "cls": ["h", 2], "trim_offsets": true, "add_prefix_space": true}""");
        directory.Write("tokenizer.json", root.ToJsonString());
        Tokenizer tokenizer = directory.Load();
        byte[] text = Encoding.UTF8.GetBytes("the the café <mask> 中文 12 \t\n" + new string('é', 500) + new string(' ', 300));
        var ids = new int[4096];
        var typeIds = new byte[4096];
        using var encoded = new EncodedText();
        Allocations.AssertNone(() =>
        {
            tokenizer.Encode(text, ids, out _);
            tokenizer.EncodePair(text, text, ids, typeIds, out _);
            tokenizer.Encode(text, encoded, EncodeOptions.Default);
        });
    }

    [Fact]
    public void Many_threads_get_the_same_ids()
    {
        using var directory = new TokenizerDirectory();
        directory.Write("tokenizer.json", BpeFiles.Of([.. BpeFiles.Alphabet(), "theme"], ["t h", "th e", "Ġ the", "m e"], BpeFiles.ByteLevel).ToJsonString());
        string[] texts = [.. Enumerable.Range(0, 64).Select(i => $"the theme {i} theme then {new string('x', i)}")];
        int[][] expected = [.. texts.Select(text => directory.Load().Ids(text))];
        Tokenizer tokenizer = directory.Load();
        Parallel.For(0, 4000, i => Assert.Equal(expected[i % 64], tokenizer.Ids(texts[i % 64])));
    }

    private static JsonObject Unrelated() => BpeFiles.Of([], ["r e", "a t", "e d", "u n", "at ed", "re l", "rel ated", "un related"]);

    private static string Tokens(JsonObject root, string text)
    {
        using var directory = new TokenizerDirectory();
        directory.Write("tokenizer.json", root.ToJsonString());
        var pieces = root["model"]!["vocab"]!.AsObject().ToDictionary(piece => piece.Value!.GetValue<int>(), piece => piece.Key);
        return string.Join(' ', directory.Load().Ids(text).Select(id => pieces[id]));
    }

    /// <summary>By the definition, and quadratic.</summary>
    private static string Merged(string word, string[] merges)
    {
        List<string> symbols = [.. word.Select(character => character.ToString())];
        while (true)
        {
            int best = int.MaxValue;
            int at = -1;
            for (int i = 0; i + 1 < symbols.Count; i++)
            {
                int rank = Array.IndexOf(merges, $"{symbols[i]} {symbols[i + 1]}");
                if (rank >= 0 && rank < best)
                    (best, at) = (rank, i);
            }

            if (at < 0)
                return string.Join(' ', symbols);
            symbols[at] += symbols[at + 1];
            symbols.RemoveAt(at + 1);
        }
    }
}
