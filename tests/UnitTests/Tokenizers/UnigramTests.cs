using System.Text;
using System.Text.Json.Nodes;
using Thaw.Tokenizers;
using Thaw.Tokenizers.Encodings;
using Thaw.Tokenizers.Models;

namespace Thaw.UnitTests.Tokenizers;

public sealed class UnigramTests
{
    private static readonly (string Piece, double Score)[] Pieces =
    [
        ("ab", 0.0), ("cd", -0.1), ("abc", -0.2), ("a", -0.3), ("b", -0.4), ("c", -0.5), ("abcdabcd", 20.0),
        ("q", 20.5), ("r", 20.5), ("qr", -0.5), ("d", -5),
    ];

    [Theory]
    [InlineData("abc", "abc")]
    [InlineData("abcd", "ab cd")]
    [InlineData("abcc", "abc c")]
    [InlineData("ababcdabcdcd", "ab abcdabcd cd")]
    [InlineData("abqrcd", "ab q r cd")]
    public void The_pieces_with_the_highest_sum_are_taken(string text, string expected) => Assert.Equal(expected, Tokens(text));

    [Fact]
    public void Unknown_characters_side_by_side_are_one_token()
    {
        Assert.Equal("a <unk> b", Tokens("aéàb"));
        Assert.Equal("<unk>", Tokens("xyz東京"));
        Assert.Equal("<unk>", Tokens("xyz<unk>東京"));
        Assert.Equal("<unk> ab <unk>", Tokens("xabx"));
    }

    [Fact]
    public void With_equal_sums_the_longer_last_piece_wins()
    {
        Assert.Equal("a bc", Tokens("abc", ("a", -1), ("b", -1), ("c", -1), ("ab", -1), ("bc", -1)));
        Assert.Equal("ab c", Tokens("abc", ("a", -1), ("b", -1), ("c", -1), ("ab", -1), ("bc", -1.5)));
    }

    [Fact]
    public void The_last_of_equal_pieces_counts()
    {
        using TokenizerDirectory directory = Load(out Tokenizer tokenizer, ("a", -1), ("b", -1), ("ab", -9), ("ab", -1));
        Assert.Equal([4], tokenizer.Ids("ab"));
    }

    [Fact]
    public void Unknown_characters_become_bytes_if_all_of_them_are_pieces()
    {
        JsonObject root = UnigramFiles.Of(null, null, ("a", -1), ("<0xC3>", -1), ("<0xA9>", -1), ("<0xE2>", -1));
        root["model"]!["byte_fallback"] = true;
        using TokenizerDirectory directory = Load(root, out Tokenizer tokenizer);
        Assert.Equal([1, 2, 3, 2, 3, 1], tokenizer.Ids("aééa"));
        Assert.Equal([1, 0, 1], tokenizer.Ids("aéàa"));
        using var encoded = new EncodedText();
        tokenizer.Encode("aéa"u8, encoded, EncodeOptions.Default);
        Assert.Equal([new(0, 1), new(1, 2), new(1, 2), new(2, 3)], encoded[0].Offsets.ToArray());
    }

    [Fact]
    public void Pieces_longer_than_the_length_mask_are_found()
    {
        string longest = new('x', 200);
        Assert.Equal($"{longest} a", Tokens(longest + "a", ("a", -1), ("x", -1), (longest, -1), (new string('x', 64), -1)));
        Assert.Equal($"x {new string('x', 64)}", Tokens(new string('x', 65), ("a", -1), ("x", -1), (longest, -1), (new string('x', 64), -1)));
        Assert.Equal(new string('x', 63), Tokens(new string('x', 63), ("x", -1), (new string('x', 63), -1)));
    }

    [Fact]
    public void A_word_that_is_a_piece_may_still_be_split()
    {
        using TokenizerDirectory directory = Load(out Tokenizer tokenizer, ("a", -1), ("b", -1), ("ab", -3), ("ba", -1));
        for (int round = 0; round < 3; round++)
        {
            Assert.Equal([1, 2], tokenizer.Ids("ab"));
            Assert.Equal([4], tokenizer.Ids("ba"));
        }
    }

    // In a careless tokenizer each of these takes time or memory that grows with the square of the text.
    [Theory]
    [InlineData("a")]
    [InlineData("ab")]
    [InlineData("é")]
    [InlineData("\u0301")]
    [InlineData("q ")]
    public void A_long_text_is_encoded_like_a_short_one(string unit)
    {
        using TokenizerDirectory directory = Load(
            UnigramFiles.Of(UnigramFiles.Precompiled(Charsmaps.NmtNfkc), UnigramFiles.Metaspace("always"), Pieces),
            out Tokenizer tokenizer);
        string text = string.Concat(Enumerable.Repeat(unit, (1 << 20) / Encoding.UTF8.GetByteCount(unit)));
        int[] ids = tokenizer.Ids(text, (1 << 20) + 8);
        int[] some = tokenizer.Ids(text[..999]);
        int common = Math.Max(1, Math.Min(some.Length, ids.Length) - 2);
        Assert.Equal(some[..common], ids[..common]);
    }

    [Fact]
    public void Encoding_allocates_nothing()
    {
        using TokenizerDirectory directory = Load(
            UnigramFiles.Of(
                UnigramFiles.Normalizers(
                    UnigramFiles.Precompiled(Charsmaps.NmtNfkc),
                    """{"type": "NFKC"}""",
                    """{"type": "Replace", "pattern": {"Regex": " {2,}"}, "content": "▁"}"""),
                UnigramFiles.PreTokenizers("""{"type": "WhitespaceSplit"}""", UnigramFiles.Metaspace("first")), Pieces),
            out Tokenizer tokenizer);
        byte[] text = Encoding.UTF8.GetBytes("abcd  CAFÉ ½ ﬁ 中文 e\u0301 " + new string('é', 500) + new string('a', 500));
        var ids = new int[4096];
        using var encoded = new EncodedText();
        Allocations.AssertNone(() =>
        {
            tokenizer.Encode(text, ids, out _);
            tokenizer.Encode(text, encoded, EncodeOptions.Default);
        });
    }

    [Fact]
    public void Many_threads_get_the_same_ids()
    {
        using TokenizerDirectory directory = Load(UnigramFiles.Of(null, UnigramFiles.Metaspace("always"), Pieces), out Tokenizer tokenizer);
        string[] texts = [.. Enumerable.Range(0, 64).Select(i => $"abc abcd {new string('q', i)} qr{i}")];
        using TokenizerDirectory other = Load(UnigramFiles.Of(null, UnigramFiles.Metaspace("always"), [.. Pieces, ("z", 0)]), out Tokenizer alone);
        int[][] expected = [.. texts.Select(text => alone.Ids(text))];
        Parallel.For(0, 4000, i => Assert.Equal(expected[i % 64], tokenizer.Ids(texts[i % 64])));
    }

    [Fact]
    public void The_same_model_is_one_instance()
    {
        using var pieces = new PieceList();
        foreach ((string piece, _) in Pieces)
            pieces.Add(pieces.Store(Encoding.UTF8.GetBytes(piece)) with { Id = pieces.Count });
        double[] scores = [.. Pieces.Select(piece => piece.Score)];
        UnigramModel first = UnigramModel.Of(pieces, scores, 0, byteFallback: false);
        Assert.Same(first, UnigramModel.Of(pieces, scores, 0, byteFallback: false));
        Assert.NotSame(first, UnigramModel.Of(pieces, scores, 1, byteFallback: false));
        Assert.NotSame(first, UnigramModel.Of(pieces, scores, 0, byteFallback: true));
        scores[3]--;
        Assert.NotSame(first, UnigramModel.Of(pieces, scores, 0, byteFallback: false));
    }

    private static string Tokens(string text, params (string Piece, double Score)[] pieces)
    {
        pieces = pieces.Length == 0 ? Pieces : pieces;
        using TokenizerDirectory directory = Load(out Tokenizer tokenizer, pieces);
        return string.Join(' ', tokenizer.Ids(text).Select(id => id == 0 ? "<unk>" : pieces[id - 1].Piece));
    }

    private static TokenizerDirectory Load(out Tokenizer tokenizer, params (string Piece, double Score)[] pieces) =>
        Load(UnigramFiles.Of(null, null, pieces), out tokenizer);

    private static TokenizerDirectory Load(JsonObject root, out Tokenizer tokenizer)
    {
        var directory = new TokenizerDirectory();
        directory.Write("tokenizer.json", root.ToJsonString());
        tokenizer = directory.Load();
        return directory;
    }
}
