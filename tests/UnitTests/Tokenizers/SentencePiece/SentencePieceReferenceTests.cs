using System.Text.Json.Nodes;
using Thaw.Reference.Corpora;
using Thaw.UnitTests.Tokenizers.Reference;

namespace Thaw.UnitTests.Tokenizers.SentencePiece;

/// <summary>Tokenizers from SentencePiece models against the live reference, with the tokenizer.json that the official converters make of them.</summary>
public sealed class SentencePieceReferenceTests
{
    public static TheoryData<string, string> Cases => new()
    {
        { "XLMRobertaTokenizer", "{}" },
        { "CamembertTokenizer", "{}" },
        { "AlbertTokenizer", "{}" },
        { "AlbertTokenizer", """{"do_lower_case": false, "keep_accents": true}""" },
        { "BigBirdTokenizer", "{}" },
        { "DebertaV2Tokenizer", "{}" },
        { "DebertaV2Tokenizer", """{"do_lower_case": true, "split_by_punct": true}""" },
        { "T5Tokenizer", "{}" },
        { "T5Tokenizer", """{"legacy": false, "extra_ids": 7}""" },
        { "T5Tokenizer", """{"add_prefix_space": false}""" },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void Ids_types_masks_and_offsets_of_random_texts_and_pairs_are_equal(string tokenizerClass, string config)
    {
        using Agreement agreement = Agreement(tokenizerClass, Models.Of(tokenizerClass), config);
        agreement.OnAll(Texts(301).Take(10_000));
        agreement.OnAllOfPairs(Texts(302).Zip(Texts(303)).Take(2000));
    }

    [Theory]
    [InlineData("XLMRobertaTokenizer")]
    [InlineData("T5Tokenizer")]
    public void Models_for_BPE_get_the_merges_of_the_converters(string tokenizerClass)
    {
        using Agreement agreement = Agreement(tokenizerClass, Models.AsBpe(Models.Of(tokenizerClass)), "{}");
        agreement.OnAll(Texts(304).Take(10_000));
    }

    [Theory]
    [InlineData("XLMRobertaTokenizer")]
    [InlineData("AlbertTokenizer")]
    public void Every_scalar_alone_between_letters_and_doubled_after_a_mark_is_equal(string tokenizerClass)
    {
        using Agreement agreement = Agreement(tokenizerClass, Models.Of(tokenizerClass), "{}");
        agreement.OnIds(ScalarTexts.InUse().InAllForms());
    }

    private static Agreement Agreement(string tokenizerClass, ModelProto model, string config)
    {
        JsonObject settings = JsonNode.Parse(config)!.AsObject();
        using var directory = new SentencePieceDirectory(tokenizerClass, model.ToBytes(), settings);
        return new Agreement(directory.Load(), new ConvertedModel(tokenizerClass, model, settings).Json());
    }

    private static IEnumerable<string> Texts(int seed) =>
        RandomTexts.Of(seed, "<mask>", "</s>", "[MASK]", "[SEP]", "<extra_id_3>", "``", "''", "9,", "2019,", "▁", "  ");
}
