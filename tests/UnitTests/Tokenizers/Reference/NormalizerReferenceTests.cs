using Thaw.Reference.Corpora;

namespace Thaw.UnitTests.Tokenizers.Reference;

/// <summary>Each normalizer and Metaspace before a model that makes each character a token: text and offsets show one by one.</summary>
public sealed class NormalizerReferenceTests
{
    private const string Lowercase = """{"type": "Lowercase"}""";
    private const string Nfkd = """{"type": "NFKD"}""";
    private const string StripAccents = """{"type": "StripAccents"}""";
    private const string Strip = """{"type": "Strip", "strip_left": true, "strip_right": true}""";
    private const string Prepend = """{"type": "Prepend", "prepend": "▁x"}""";

    public static TheoryData<string> Each =>
    [
        """{"type": "NFC"}""", """{"type": "NFD"}""", """{"type": "NFKC"}""",
        Nfkd, Lowercase, StripAccents, """{"type": "Nmt"}""", """{"type": "ByteLevel"}""", Prepend, Strip,
        """{"type": "Strip", "strip_left": true, "strip_right": false}""", """{"type": "Strip", "strip_left": false, "strip_right": true}""",
        """{"type": "Replace", "pattern": {"String": "``"}, "content": "\""}""", """{"type": "Replace", "pattern": {"String": " "}, "content": "▁"}""",
        """{"type": "Replace", "pattern": {"String": "a"}, "content": "é中b"}""", """{"type": "Replace", "pattern": {"String": "é"}, "content": ""}""",
        """{"type": "Replace", "pattern": {"Regex": " {2,}"}, "content": "▁"}""", """{"type": "Replace", "pattern": {"Regex": "\\s+"}, "content": " "}""",
        UnigramFiles.Precompiled(Charsmaps.NmtNfkc), UnigramFiles.Precompiled(Charsmaps.NmtNfkcCf), UnigramFiles.Precompiled(Charsmaps.Odd),
    ];

    public static TheoryData<string> Sequences =>
    [
        UnigramFiles.Normalizers(Nfkd, StripAccents, Lowercase, UnigramFiles.Precompiled(Charsmaps.Odd)),
        UnigramFiles.Normalizers(UnigramFiles.Precompiled(Charsmaps.Odd), Strip, """{"type": "Replace", "pattern": {"Regex": " {2,}"}, "content": "▁"}"""),
        UnigramFiles.Normalizers(StripAccents, UnigramFiles.Precompiled(Charsmaps.Odd), Nfkd, Prepend, Lowercase),
        UnigramFiles.Normalizers(Strip, """{"type": "Nmt"}""", """{"type": "NFKC"}""", UnigramFiles.Precompiled(Charsmaps.NmtNfkc)),
    ];

    public static TheoryData<string> PreTokenizers =>
    [
        .. from scheme in (string[])["always", "first", "never"]
           from split in (bool[])[true, false]
           select UnigramFiles.Metaspace(scheme, split),
    ];

    [Theory]
    [MemberData(nameof(Each))]
    [MemberData(nameof(Sequences))]
    public void Random_texts_are_equal(string normalizer)
    {
        using var agreement = new Agreement(UnigramFiles.Characters(normalizer));
        agreement.OnAll(RandomTexts.Of(201).Take(12_000));
    }

    [Theory]
    [MemberData(nameof(Each))]
    public void Every_scalar_between_letters_and_doubled_after_a_mark_is_equal(string normalizer)
    {
        using var agreement = new Agreement(UnigramFiles.Characters(normalizer));
        agreement.OnAll(ScalarTexts.InUse().BetweenLetters().Packed());
        agreement.OnAll(ScalarTexts.InUse().DoubledAfterMark().Packed());
    }

    [Theory]
    [MemberData(nameof(PreTokenizers))]
    public void Metaspace_is_equal(string metaspace)
    {
        foreach (string? normalizer in (string?[])[null, UnigramFiles.Precompiled(Charsmaps.Odd), Strip, StripAccents])
        {
            using var agreement = new Agreement(UnigramFiles.Characters(normalizer, metaspace));
            agreement.OnAll(RandomTexts.Of(202, "▁").Take(5_000));
            agreement.OnIds(RandomTexts.Of(203, "▁").Take(5_000));
        }
    }

    [Theory]
    [MemberData(nameof(PreTokenizers))]
    public void Metaspace_after_WhitespaceSplit_is_equal(string metaspace)
    {
        using var agreement = new Agreement(UnigramFiles.Characters(null, UnigramFiles.PreTokenizers("""{"type": "WhitespaceSplit"}""", metaspace)));
        agreement.OnAll(RandomTexts.Of(204, "▁").Take(5_000));
    }
}
