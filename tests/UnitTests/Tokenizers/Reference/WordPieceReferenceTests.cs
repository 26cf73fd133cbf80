using System.Text.Json.Nodes;
using Thaw.Reference;
using Thaw.Reference.Corpora;
using Thaw.Reference.Vocabularies;

namespace Thaw.UnitTests.Tokenizers.Reference;

/// <summary>WordPiece with the sample's vocabulary and, where they are available, those of published models.</summary>
public sealed class WordPieceReferenceTests
{
    // A million in all, in both casings of each.
    private static readonly int RandomCount = 1_000_000 / (2 * WordPieceFiles.Names.Length);

    public static TheoryData<string, bool> Vocabularies
    {
        get
        {
            TheoryData<string, bool> data = [];
            foreach (string vocabulary in WordPieceFiles.Names)
            {
                data.Add(vocabulary, true);
                data.Add(vocabulary, false);
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Vocabularies))]
    public void Ids_types_masks_and_offsets_of_random_texts_are_equal(string vocabulary, bool lowercase)
    {
        using var agreement = new Agreement(Json(vocabulary, lowercase));
        int seed = 2 * Array.IndexOf(WordPieceFiles.Names, vocabulary) + (lowercase ? 1 : 0);
        agreement.OnAll(Texts(seed).Take(RandomCount));
    }

    [Theory]
    [InlineData(WordPieceFiles.EveryScalar, true)]
    [InlineData(WordPieceFiles.EveryScalar, false)]
    [InlineData("langid", true)]
    public void Every_scalar_alone_between_letters_and_doubled_after_a_mark_becomes_the_same_ids(string vocabulary, bool lowercase)
    {
        using var agreement = new Agreement(Json(vocabulary, lowercase));
        agreement.OnIds(ScalarTexts.All().InAllForms());
    }

    [Fact]
    public void A_difference_is_reported_with_the_text_and_both_lists_of_ids()
    {
        string json = TokenizerDirectory.Json().ToJsonString();
        using var agreement = new Agreement(json, reference: TokenizerText.With(json, root => root["normalizer"] = null));
        var failure = Assert.ThrowsAny<Xunit.Sdk.XunitException>(() => agreement.OnIds(["a", "CAFÉ"]));
        Assert.Contains("1 differences", failure.Message);
        Assert.Matches(@"CAF\\u\{C9\}\s+expected 2 1 3\s+actual   2 5 3", failure.Message);
        failure = Assert.ThrowsAny<Xunit.Sdk.XunitException>(() => agreement.OnAll(["a", "CAFÉ"]));
        Assert.Contains("1:0@0-4", failure.Message);
    }

    [Theory]
    [InlineData(12, TruncationStrategy.LongestFirst, 0)]
    [InlineData(13, TruncationStrategy.LongestFirst, 2)]
    [InlineData(64, TruncationStrategy.OnlyFirst, 20)]
    [InlineData(3, TruncationStrategy.LongestFirst, 0)]
    [InlineData(2, TruncationStrategy.LongestFirst, 0)]
    public void Windows_of_long_texts_are_equal(int length, TruncationStrategy strategy, int stride)
    {
        using var agreement = new Agreement(Json(WordPieceFiles.Sample, lowercase: true));
        agreement.OnWindows(Texts(5).Take(5000), new Truncation(length, strategy, stride));
    }

    [Fact]
    public void Pairs_are_equal()
    {
        using var agreement = new Agreement(Json(WordPieceFiles.Sample, lowercase: true));
        agreement.OnAllOfPairs(Texts(6).Zip(Texts(7)).Take(20_000));
    }

    [Theory]
    [InlineData(13, TruncationStrategy.LongestFirst, 0)]
    [InlineData(16, TruncationStrategy.LongestFirst, 3)]
    [InlineData(3, TruncationStrategy.LongestFirst, 0)]
    public void Windows_of_pairs_are_equal(int length, TruncationStrategy strategy, int stride)
    {
        using var agreement = new Agreement(Json(WordPieceFiles.Sample, lowercase: true));
        agreement.OnWindowsOfPairs(Texts(8).Zip(Texts(9)).Take(3000), new Truncation(length, strategy, stride));
    }

    [Theory]
    [InlineData(TruncationStrategy.OnlyFirst)]
    [InlineData(TruncationStrategy.OnlySecond)]
    public void Windows_of_pairs_with_one_text_cut_are_equal(TruncationStrategy strategy)
    {
        using var agreement = new Agreement(Json(WordPieceFiles.Sample, lowercase: true));
        // A question that always fits, and a text to be cut.
        IEnumerable<(string, string)> pairs = Texts(10).Select(text => ("Where is the library?", text));
        if (strategy == TruncationStrategy.OnlyFirst)
            pairs = pairs.Select(pair => (pair.Item2, pair.Item1));
        agreement.OnWindowsOfPairs(pairs.Take(3000), new Truncation(24, strategy, Stride: 5));
    }

    private static IEnumerable<string> Texts(int seed) => RandomTexts.Of(seed, "[MASK]", "[SEP]", "[UNK]", "lefty", "Righty", "single", "Normal Ü");

    private static string Json(string vocabulary, bool lowercase)
    {
        JsonNode root = JsonNode.Parse(WordPieceFiles.Read(vocabulary))!;
        root["normalizer"]!["lowercase"] = lowercase;
        root["normalizer"]!["strip_accents"] = null;
        int next = root["model"]!["vocab"]!.AsObject().Count;
        JsonArray added = root["added_tokens"]!.AsArray();
        added.Add(TokenizerText.AddedToken("lefty", next, stripLeft: true));
        added.Add(TokenizerText.AddedToken("Righty", next + 1, stripRight: true));
        added.Add(TokenizerText.AddedToken("single", next + 2, singleWord: true));
        added.Add(TokenizerText.AddedToken("Normal Ü", next + 3, normalized: true, stripLeft: true, stripRight: true));
        return root.ToJsonString();
    }
}
