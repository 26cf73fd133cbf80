using System.Text.Json.Nodes;
using Thaw.Reference.Corpora;
using Thaw.Reference.Vocabularies;

namespace Thaw.UnitTests.Tokenizers.Reference;

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
        agreement.OnIds(ScalarTexts.InUse().InAllForms());
        agreement.OnAll(ScalarTexts.InUse().InAllForms().Packed());
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

    [Theory]
    [InlineData("always")]
    [InlineData("first")]
    [InlineData("never")]
    public void Added_tokens_of_all_kinds_are_equal(string scheme)
    {
        string json = TokenizerText.With(XlmRoberta(scheme), root =>
        {
            root["pre_tokenizer"] = JsonNode.Parse(UnigramFiles.Metaspace(scheme));
            JsonArray tokens = root["added_tokens"]!.AsArray();
            int next = root["model"]!["vocab"]!.AsArray().Count;
            tokens.Add(TokenizerText.AddedToken("ﬁx", next, normalized: true));
            tokens.Add(TokenizerText.AddedToken("A b", next + 1, normalized: true, stripRight: true));
            tokens.Add(TokenizerText.AddedToken("<x>", next + 2, singleWord: true, stripLeft: true));
            tokens.Add(TokenizerText.AddedToken("½", next + 3));
        });
        using var agreement = new Agreement(json);
        agreement.OnAll(RandomTexts.Of(106, "ﬁx", "A b", "<x>", "½", "<mask>", "</s>").Take(20_000));
        agreement.OnIds(RandomTexts.Of(107, "ﬁx", "A b", "<x>", "½", "<mask>", "</s>").Take(20_000));
    }

    [Fact]
    public void Bytes_for_unknown_characters_are_equal()
    {
        string json = TokenizerText.With(XlmRoberta("always"), root =>
        {
            root["model"]!["byte_fallback"] = true;
            for (int value = 0; value < 256; value++)
            {
                if (value != 0x82)
                    root["model"]!["vocab"]!.AsArray().Add(new JsonArray($"<0x{value:X2}>", -20.0));
            }
        });
        using var agreement = new Agreement(json);
        agreement.OnAll(Texts(108).Take(20_000));
    }

    // Few characters and scores of few values: equal pieces, equal sums and unknown runs that are pieces are frequent.
    [Fact]
    public void Odd_vocabularies_are_equal()
    {
        string[] characters = ["a", "b", "é", "▁", "中", "😀", "<unk>"];
        var random = new Random(109);
        for (int round = 0; round < 400; round++)
        {
            double step = random.Next(3) switch { 0 => 1, 1 => 0.1, _ => Math.PI };
            int shift = random.Next(3) == 0 ? 30 : -6;
            (string, double)[] pieces = [.. Enumerable.Range(0, random.Next(2, 40)).Select(_ => (Text(random.Next(1, 7)), step * (random.Next(6) + shift)))];
            JsonObject root = UnigramFiles.Of(
                null, random.Next(2) == 0 ? null : UnigramFiles.Metaspace("always"),
                [.. pieces, (new string('a', random.Next(14, 90)), -1)]);
            root["model"]!["byte_fallback"] = random.Next(2) == 0;
            root["model"]!["unk_id"] = random.Next(3) == 0 ? random.Next(pieces.Length) : 0;
            using var agreement = new Agreement(root.ToJsonString());
            agreement.OnAll([.. Enumerable.Range(0, 200).Select(_ => Text(random.Next(1, 40))), new string('a', 300)]);
        }

        string Text(int length) => string.Concat(Enumerable.Range(0, length).Select(_ => characters[random.Next(random.Next(1, 8))]));
    }

    private static IEnumerable<string> Texts(int seed) => RandomTexts.Of(seed, AddedTokens);

    private static string XlmRoberta(string scheme) => TokenizerText.With(Trained.XlmRoberta, root =>
    {
        root["normalizer"] = JsonNode.Parse(UnigramFiles.Precompiled(Charsmaps.NmtNfkc));
        root["pre_tokenizer"] = JsonNode.Parse(UnigramFiles.PreTokenizers("""{"type": "WhitespaceSplit"}""", UnigramFiles.Metaspace(scheme)));
    });
}
