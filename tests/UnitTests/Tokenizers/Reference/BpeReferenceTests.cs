using Thaw.Reference;
using Thaw.Reference.Corpora;

namespace Thaw.UnitTests.Tokenizers.Reference;

/// <summary>BPE of all shapes against the live reference.</summary>
public sealed class BpeReferenceTests
{
    private static readonly string[] AddedTokens = ["<mask>", "<s>"];

    public static TheoryData<string> Shapes => [.. BpeShapes.Names];

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Ids_types_masks_and_offsets_of_random_texts_are_equal(string shape)
    {
        using var agreement = new Agreement(BpeShapes.Of(shape));
        agreement.OnAll(Texts(201).Take(10_000));
    }

    [Theory]
    [InlineData("roberta")]
    [InlineData("llama3")]
    public void Ids_of_many_random_texts_are_equal(string shape)
    {
        using var agreement = new Agreement(BpeShapes.Of(shape));
        agreement.OnIds(Texts(202).Take(50_000));
    }

    [Theory]
    [InlineData("roberta with a space in front")]
    [InlineData("qwen2")]
    [InlineData("characters with byte fallback")]
    public void Every_scalar_alone_between_letters_and_doubled_after_a_mark_is_equal(string shape)
    {
        using var agreement = new Agreement(BpeShapes.Of(shape));
        agreement.OnAll(ScalarTexts.InUse().InAllForms().Packed(" , "));
        agreement.OnIds(ScalarTexts.InUse().BetweenLetters());
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Pairs_are_equal(string shape)
    {
        using var agreement = new Agreement(BpeShapes.Of(shape));
        agreement.OnAllOfPairs(Texts(203).Zip(Texts(204)).Take(2000));
    }

    [Theory]
    [InlineData("roberta", 12, 0)]
    [InlineData("roberta with a space in front", 12, 3)]
    [InlineData("gpt2 with a space in front", 9, 0)]
    [InlineData("llama3", 40, 10)]
    public void Windows_are_equal(string shape, int length, int stride)
    {
        using var agreement = new Agreement(BpeShapes.Of(shape));
        agreement.OnWindows(Texts(205).Take(3000), new Truncation(length, TruncationStrategy.LongestFirst, stride));
    }

    [Fact]
    public void Windows_of_pairs_are_equal()
    {
        using var agreement = new Agreement(BpeShapes.Of("roberta with a space in front"));
        agreement.OnWindowsOfPairs(Texts(206).Zip(Texts(207)).Take(2000), new Truncation(40, TruncationStrategy.LongestFirst, 5));
    }

    private static IEnumerable<string> Texts(int seed) => RandomTexts.Of(seed, AddedTokens);
}
