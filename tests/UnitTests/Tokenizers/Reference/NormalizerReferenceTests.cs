using Thaw.Reference.Corpora;

namespace Thaw.UnitTests.Tokenizers.Reference;

/// <summary>Each normalizer and Metaspace before a model that makes each character a token: text and offsets show one by one.</summary>
public sealed class NormalizerReferenceTests
{
    private const string Lowercase = """{"type": "Lowercase"}""";
    private const string Nfkd = """{"type": "NFKD"}""";
    private const string StripAccents = """{"type": "StripAccents"}""";
    private const string Strip = """{"type": "Strip", "strip_left": true, "strip_right": true}""";
    private const string Spaces = """{"type": "Replace", "pattern": {"Regex": " {2,}"}, "content": "▁"}""";
    private const string Prepend = """{"type": "Prepend", "prepend": "▁x"}""";

    // By name, and made when they are needed: charsmaps take seconds, which would be lost each time that tests are looked for.
    private static readonly Dictionary<string, Func<string>> Alone = new()
    {
        ["NFC"] = () => """{"type": "NFC"}""",
        ["NFD"] = () => """{"type": "NFD"}""",
        ["NFKC"] = () => """{"type": "NFKC"}""",
        ["NFKD"] = () => Nfkd,
        ["Lowercase"] = () => Lowercase,
        ["StripAccents"] = () => StripAccents,
        ["Nmt"] = () => """{"type": "Nmt"}""",
        ["ByteLevel"] = () => """{"type": "ByteLevel"}""",
        ["Prepend"] = () => Prepend,
        ["Strip"] = () => Strip,
        ["Strip, left"] = () => """{"type": "Strip", "strip_left": true, "strip_right": false}""",
        ["Strip, right"] = () => """{"type": "Strip", "strip_left": false, "strip_right": true}""",
        ["Replace, two by one"] = () => """{"type": "Replace", "pattern": {"String": "``"}, "content": "\""}""",
        ["Replace, one byte by three"] = () => """{"type": "Replace", "pattern": {"String": " "}, "content": "▁"}""",
        ["Replace, one by several"] = () => """{"type": "Replace", "pattern": {"String": "a"}, "content": "é中b"}""",
        ["Replace, by nothing"] = () => """{"type": "Replace", "pattern": {"String": "é"}, "content": ""}""",
        ["Replace, spaces"] = () => Spaces,
        ["Replace, white space"] = () => """{"type": "Replace", "pattern": {"Regex": "\\s+"}, "content": " "}""",
        ["Precompiled, nmt_nfkc"] = () => UnigramFiles.Precompiled(Charsmaps.NmtNfkc),
        ["Precompiled, nmt_nfkc_cf"] = () => UnigramFiles.Precompiled(Charsmaps.NmtNfkcCf),
        ["Precompiled, odd"] = () => UnigramFiles.Precompiled(Charsmaps.Odd),
    };

    private static readonly Dictionary<string, Func<string>> Together = new()
    {
        ["accents, then a charsmap"] = () => UnigramFiles.Normalizers(Nfkd, StripAccents, Lowercase, UnigramFiles.Precompiled(Charsmaps.Odd)),
        ["a charsmap, then spaces"] = () => UnigramFiles.Normalizers(UnigramFiles.Precompiled(Charsmaps.Odd), Strip, Spaces),
        ["a charsmap between others"] = () =>
            UnigramFiles.Normalizers(StripAccents, UnigramFiles.Precompiled(Charsmaps.Odd), Nfkd, Prepend, Lowercase),
        ["Nmt, NFKC, nmt_nfkc"] = () =>
            UnigramFiles.Normalizers(Strip, """{"type": "Nmt"}""", """{"type": "NFKC"}""", UnigramFiles.Precompiled(Charsmaps.NmtNfkc)),
    };

    public static TheoryData<string> Each => [.. Alone.Keys];

    public static TheoryData<string> Sequences => [.. Together.Keys];

    public static TheoryData<string> PreTokenizers =>
    [
        .. from scheme in (string[])["always", "first", "never"] from split in (bool[])[true, false] select UnigramFiles.Metaspace(scheme, split),
    ];

    [Theory]
    [MemberData(nameof(Each))]
    [MemberData(nameof(Sequences))]
    public void Random_texts_are_equal(string name)
    {
        using var agreement = new Agreement(UnigramFiles.Characters((Alone.GetValueOrDefault(name) ?? Together[name])()));
        agreement.OnAll(RandomTexts.Of(201).Take(12_000));
    }

    [Theory]
    [MemberData(nameof(Each))]
    public void Every_scalar_between_letters_and_doubled_after_a_mark_is_equal(string name)
    {
        using var agreement = new Agreement(UnigramFiles.Characters(Alone[name]()));
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
