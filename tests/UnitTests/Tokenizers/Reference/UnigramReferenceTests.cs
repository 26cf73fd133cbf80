using Thaw.Reference.Corpora;
using Thaw.Reference.Vocabularies;

namespace UnitTests.Tokenizers.Reference;

/// <summary>Unigram with a vocabulary of xlm-roberta's shape and a charsmap of nmt_nfkc's.</summary>
public sealed class UnigramReferenceTests
{
    private const string AddedTokens = "<mask>";

    [Theory]
    [InlineData("always")]
    [InlineData("first")]
    public void Ids_types_masks_and_offsets_of_random_texts_are_equal(string scheme)
    {
        using var agreement = new Agreement(XlmRoberta(scheme));
        agreement.OnAll(Texts(101).Take(50_000));
    }

    [Fact]
    public void Ids_of_many_random_texts_are_equal()
    {
        using var agreement = new Agreement(XlmRoberta("always"));
        agreement.OnIds(Texts(102).Take(100_000));
    }

    [Fact]
    public void Every_scalar_alone_between_letters_and_doubled_after_a_mark_is_equal()
    {
        using var agreement = new Agreement(XlmRoberta("always"));
        foreach (IEnumerable<string> texts in (IEnumerable<string>[])[ScalarTexts.Alone(), ScalarTexts.BetweenLetters(), ScalarTexts.DoubledAfterMark()])
        {
            agreement.OnIds(texts);
            agreement.OnAll(texts.Chunk(64).Select(chunk => string.Join(' ', chunk)));
        }
    }

    [Fact]
    public void Pairs_are_equal()
    {
        using var agreement = new Agreement(XlmRoberta("always"));
        agreement.OnAllOfPairs(Texts(103).Zip(Texts(104)).Take(10_000));
    }

    [Theory]
    [InlineData(12, 0)]
    [InlineData(64, 20)]
    public void Windows_are_equal(int length, int stride)
    {
        using var agreement = new Agreement(XlmRoberta("always"));
        agreement.OnWindows(Texts(105).Take(3000), new Thaw.Reference.Truncation(length, Thaw.Reference.TruncationStrategy.LongestFirst, stride));
    }

    private static IEnumerable<string> Texts(int seed) => RandomTexts.Of(seed, AddedTokens);

    private static string XlmRoberta(string scheme) => TokenizerText.With(Trained.XlmRoberta, root =>
    {
        root["normalizer"] = System.Text.Json.Nodes.JsonNode.Parse(UnigramFiles.Precompiled(Charsmaps.NmtNfkc));
        root["pre_tokenizer"] = System.Text.Json.Nodes.JsonNode.Parse(UnigramFiles.PreTokenizers("""{"type": "WhitespaceSplit"}""", UnigramFiles.Metaspace(scheme)));
    });
}
