using Thaw.Reference;
using Thaw.Reference.Corpora;
using Thaw.Reference.Vocabularies;

namespace UnitTests.Tokenizers;

/// <summary>The tokenizer beside the official library, which runs in a process of its own.</summary>
public sealed class ReferenceTests
{
    private const int Scalars = 0x110000 - 0x800;
    private const int RandomCount = 100_000;

    private static readonly string SharedFolder = Path.Combine(Repository.Root, "..", "shared", "vocab");

    /// <summary>The sample's vocabulary, one of every scalar, and real ones where they lie beside the repository.</summary>
    public static TheoryData<string, bool> VocabulariesInBothCasings()
    {
        var data = new TheoryData<string, bool>();
        foreach (string name in (string[])["every scalar", "sample", .. Shared()])
        {
            data.Add(name, true);
            data.Add(name, false);
        }

        return data;
    }

    [Theory]
    [InlineData("every scalar", true)]
    [InlineData("every scalar", false)]
    [InlineData("sample", true)]
    public void Every_scalar_alone_between_letters_and_doubled_after_a_mark_becomes_the_same_ids(string vocabulary, bool lowercase) =>
        Assert.Equal(3 * Scalars, Compare(vocabulary, lowercase, ScalarTexts.AllForms()));

    [Theory]
    [MemberData(nameof(VocabulariesInBothCasings))]
    public void Random_texts_become_the_same_ids(string vocabulary, bool lowercase) =>
        Assert.Equal(RandomCount, Compare(vocabulary, lowercase, RandomTexts.Of(seed: 1, "[MASK]", "[UNK]", "[CLS]").Take(RandomCount)));

    [Fact]
    public void A_difference_is_told_with_the_text_and_both_lists_of_ids()
    {
        using var directory = TokenizerDirectory.WithJson();
        using var reference = ReferenceTokenizer.Load(TokenizerText.With(TokenizerDirectory.Json().ToJsonString(), root => root["normalizer"] = null));
        var failure = Assert.ThrowsAny<Xunit.Sdk.XunitException>(() => SameAsReference.Ids(directory.Load(), reference, ["a", "\"CAFÉ\""]));
        Assert.Contains("1 differences among the first 2 texts", failure.Message);
        Assert.Contains("""CAF\u00C9\"": expected [2 1 1 1 3], got [2 1 5 1 3]""", failure.Message);
    }

    private static int Compare(string vocabulary, bool lowercase, IEnumerable<string> texts)
    {
        string json = TokenizerText.With(Text(vocabulary), root =>
        {
            root["normalizer"]!["lowercase"] = lowercase;
            root["normalizer"]!["strip_accents"] = null;
        });
        using var directory = new TokenizerDirectory();
        directory.Write("tokenizer.json", json);
        using var reference = ReferenceTokenizer.Load(json);
        return SameAsReference.Ids(directory.Load(), reference, texts);
    }

    private static string Text(string vocabulary) => vocabulary switch
    {
        "every scalar" => EveryScalar.WordPiece,
        "sample" => File.ReadAllText(Path.Combine(Repository.Sample, "tokenizer.json")),
        _ => File.ReadAllText(Path.Combine(SharedFolder, vocabulary, "tokenizer.json")),
    };

    private static IEnumerable<string> Shared() =>
        Directory.Exists(SharedFolder) ? Directory.GetDirectories(SharedFolder).Select(folder => Path.GetFileName(folder)) : [];
}
