using Thaw.Reference;
using Thaw.Reference.Corpora;
using Thaw.Reference.Vocabularies;

namespace UnitTests.Tokenizers;

/// <summary>The tokenizer beside the official library, which runs in a process of its own.</summary>
public sealed class ReferenceTests
{
    private const int Scalars = 0x110000 - 0x800;
    private const int RandomCount = 100_000;

    /// <summary>The sample's vocabulary, one of every scalar, and real ones where they lie beside the repository.</summary>
    public static TheoryData<string, bool> VocabulariesInBothCasings()
    {
        var data = new TheoryData<string, bool>();
        foreach (string name in (string[])["every scalar", Repository.Sample, .. Shared()])
        {
            data.Add(name, true);
            data.Add(name, false);
        }

        return data;
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Every_scalar_alone_between_letters_and_doubled_after_a_mark_becomes_the_same_ids(bool lowercase)
    {
        foreach (string vocabulary in (string[])["every scalar", Repository.Sample])
        {
            Assert.Equal(Scalars, Compare(vocabulary, lowercase, ScalarTexts.Alone()));
            Assert.Equal(Scalars, Compare(vocabulary, lowercase, ScalarTexts.BetweenLetters()));
            Assert.Equal(Scalars, Compare(vocabulary, lowercase, ScalarTexts.DoubledAfterMark()));
        }
    }

    [Theory]
    [MemberData(nameof(VocabulariesInBothCasings))]
    public void Random_texts_become_the_same_ids(string vocabulary, bool lowercase) =>
        Assert.Equal(RandomCount, Compare(vocabulary, lowercase, RandomTexts.Of(seed: 1, "[MASK]", "[UNK]", "[CLS]").Take(RandomCount)));

    private static int Compare(string vocabulary, bool lowercase, IEnumerable<string> texts)
    {
        string file = vocabulary == "every scalar" ? EveryScalar.WordPiece : File.ReadAllText(Path.Combine(vocabulary, "tokenizer.json"));
        string json = TokenizerText.With(file, root => (root["normalizer"]!["lowercase"], root["normalizer"]!["strip_accents"]) = (lowercase, null));
        using var directory = new TokenizerDirectory();
        directory.Write("tokenizer.json", json);
        using var reference = ReferenceTokenizer.Load(json);
        return SameAsReference.Ids(directory.Load(), reference, texts);
    }

    private static string[] Shared()
    {
        string folder = Path.Combine(Repository.Root, "..", "shared", "vocab");
        return Directory.Exists(folder) ? Directory.GetDirectories(folder) : [];
    }
}
