using System.Text;
using Thaw.Tokenizers.Unicode;

namespace Thaw.UnitTests.Tokenizers.Unicode;

public sealed class NormalizationTests
{
    [Theory]
    [InlineData("\u00E9", "e 0301+")]
    [InlineData("\u1EC7", "e 0323+ 0302+")]
    [InlineData("\u0344", "0308 0301+")]
    [InlineData("\uFB01", "FB01")]
    [InlineData("\u212B", "A 030A+")]
    [InlineData("\uD55C", "1112 1161+ 11AB+")]
    public void Nfd_takes_apart_what_is_canonically_equal(string text, string expected) => Assert.Equal(expected, Changes(NormalForm.Nfd, text));

    [Theory]
    [InlineData("\uFB01", "f i+")]
    [InlineData("\u1E9B\u0323", "s 0323 0307+")]
    [InlineData("\u2460", "1")]
    [InlineData("\u3000", "SP")]
    [InlineData("\u0E33", "0E4D 0E32+")]
    [InlineData("\uFDFA", "0635 0644+ 0649+ SP+ 0627+ 0644+ 0644+ 0647+ SP+ 0639+ 0644+ 064A+ 0647+ SP+ 0648+ 0633+ 0644+ 0645+")]
    public void Nfkd_takes_apart_what_only_looks_different(string text, string expected) => Assert.Equal(expected, Changes(NormalForm.Nfkd, text));

    [Theory]
    [InlineData("e\u0301", "00E9-1")]
    [InlineData("e\u0323\u0302", "1EC7-2")]
    [InlineData("\u00EA\u0323", "1EC7-1")]
    [InlineData("\u00E9x", "00E9 x")]
    [InlineData("xe\u0301x", "x 00E9-1 x")]
    [InlineData("\u09C7\u09BE", "09CB-1")]
    [InlineData("\U0001D157\U0001D165", "1D157 1D165")]
    [InlineData("\U00011099\U000110BA", "1109A-1")]
    public void Nfc_puts_together_and_counts_what_is_gone(string text, string expected) => Assert.Equal(expected, Changes(NormalForm.Nfc, text));

    [Theory]
    [InlineData("\u1112\u1161\u11AB", "D55C-2")]
    [InlineData("\u1112\u1161", "D558-1")]
    [InlineData("\uD558\u11AB", "D55C-1")]
    [InlineData("\uD55C\u11AB", "D55C 11AB")]
    [InlineData("\uD558\u11A7", "D558 11A7")]
    [InlineData("\u1112\u0301\u1161", "1112 0301 1161")]
    [InlineData("\u1161\u11AB", "1161 11AB")]
    public void Hangul_syllables_come_from_their_letters(string text, string expected) => Assert.Equal(expected, Changes(NormalForm.Nfc, text));

    [Theory]
    [InlineData("a\u0301\u0323", "1EA1-1 0301")]
    [InlineData("a\u0334\u0301", "00E1-1 0334")]
    [InlineData("a\u0315\u0300\u05AE\u0300b", "00E0-1 05AE 0300 0315 b")]
    [InlineData("\u0301a", "0301 a")]
    [InlineData("q\u0307\u0323", "q 0323 0307")]
    public void Marks_come_in_the_order_of_their_classes_before_they_compose(string text, string expected) =>
        Assert.Equal(expected, Changes(NormalForm.Nfc, text));

    [Theory]
    [InlineData("a\u0346\u0301", "a 0346 0301")]
    [InlineData("\u09C7\u0300\u09BE", "09C7 0300 09BE")]
    [InlineData("\u0BC6\u094D\u0BBE", "0BC6 094D 0BBE")]
    public void A_mark_that_is_left_blocks_its_class_and_the_next_starter(string text, string expected) =>
        Assert.Equal(expected, Changes(NormalForm.Nfc, text));

    [Theory]
    [InlineData("\u0958", "0915 093C+")]
    [InlineData("\u0915\u093C", "0915 093C")]
    [InlineData("\u0344", "0308 0301+")]
    [InlineData("\u0340", "0300")]
    [InlineData("\u2126", "03A9")]
    [InlineData("\uF900", "8C48")]
    [InlineData("\u2ADC", "2ADD 0338+")]
    public void Excluded_characters_do_not_come_back(string text, string expected) => Assert.Equal(expected, Changes(NormalForm.Nfc, text));

    [Theory]
    [InlineData("\uFB01e\u0301", "f i+ 00E9-1")]
    [InlineData("\uFF76\uFF9E", "30AC-1")]
    [InlineData("\u1E9B\u0323", "1E69-1")]
    [InlineData("\u3382", "03BC A+")]
    [InlineData("\uFFA1\uFFC2", "AC00-1")]
    public void Nfkc_decomposes_for_good_and_composes(string text, string expected) => Assert.Equal(expected, Changes(NormalForm.Nfkc, text));

    // Unicode 9.0 does not know them; 17.0 decomposes every one.
    [Theory]
    [InlineData(0x32FF, 0x32FF)]
    [InlineData(0xA7F1, 0xA7F4)]
    [InlineData(0xAB69, 0xAB69)]
    [InlineData(0x105C9, 0x105C9)]
    [InlineData(0x105E4, 0x105E4)]
    [InlineData(0x10781, 0x107BA)]
    [InlineData(0x11383, 0x11391)]
    [InlineData(0x113C5, 0x113C8)]
    [InlineData(0x11938, 0x11938)]
    [InlineData(0x16121, 0x16128)]
    [InlineData(0x16D68, 0x16D6A)]
    [InlineData(0x1CCD6, 0x1CCF9)]
    [InlineData(0x1E030, 0x1E06D)]
    [InlineData(0x1F16C, 0x1F16C)]
    [InlineData(0x1FBF0, 0x1FBF9)]
    public void Characters_newer_than_the_reference_s_table_stay_as_they_are(int first, int last)
    {
        for (int scalar = first; scalar <= last; scalar++)
            Assert.True(IsNormalized(NormalForm.Nfkc | NormalForm.Nfkd, new Rune(scalar).ToString()), scalar.ToString("X4"));
    }

    [Fact]
    public void Normalized_text_is_kept_in_one_piece()
    {
        byte[] text = Encoding.UTF8.GetBytes("caf\u00E9 \uD55C\uAD6D \u6F22\u5B57 \U0001F600");
        var sink = new ChangeSink();
        Normalization.Run(NormalForm.Nfc, text, ref sink);
        Assert.Equal(1, sink.Kept);
        Assert.True(Normalization.IsNormalized(NormalForm.Nfc, text));
        Assert.False(Normalization.IsNormalized(NormalForm.Nfd, text));
        Assert.True(Normalization.IsNormalized(NormalForm.Nfkd, []));
    }

    [Fact]
    public void Invalid_bytes_read_as_replacement_characters()
    {
        var sink = new ChangeSink();
        Normalization.Run(NormalForm.Nfc, [(byte)'e', 0xCC, 0x81, 0xFF, 0xCC, 0x81, 0xE3], ref sink);
        Assert.Equal("00E9-1 FFFD 0301 FFFD", sink.ToString());
    }

    [Fact]
    public void A_form_of_a_form_is_itself()
    {
        var random = new Random(1);
        const string Combining =
            "aeo\u0301\u0323\u0302\u0307\u0334\u1100\u1161\u11A8\uAC00\u09C7\u09BE\u0958\u0F71\u0F72\u0344\uFB01\uFF76\uFF9E\u212B\u1E9B";
        int[] pool = [.. Combining.Select(c => (int)c)];
        for (int round = 0; round < 20_000; round++)
        {
            string text = string.Concat(Enumerable.Range(0, random.Next(1, 12)).Select(_ => new Rune(pool[random.Next(pool.Length)]).ToString()));
            foreach (NormalForm form in Enum.GetValues<NormalForm>())
            {
                string once = Text(form, text);
                Assert.Equal(once, Text(form, once));
                // Every character of the input is replaced, or removed after one that is.
                Assert.Equal(text.Length, ChangesOf(form, text).Sum(change => change > 0 ? 0 : 1 - change));
            }
        }
    }

    [Fact]
    public void A_long_run_of_marks_is_ordered_and_its_memory_is_returned()
    {
        using var pool = new ArrayPoolWatch();
        string marks = string.Concat(Enumerable.Repeat("\u0301\u0323", 100_000));
        Assert.Equal("\u1EA1" + new string('\u0323', 99_999) + new string('\u0301', 100_000), Text(NormalForm.Nfc, "a" + marks));
        Assert.Equal(0, pool.Out);
    }

    private static bool IsNormalized(NormalForm forms, string text) =>
        Enum.GetValues<NormalForm>().Where(form => forms.HasFlag(form)).All(form => Normalization.IsNormalized(form, Encoding.UTF8.GetBytes(text)));

    private static string Changes(NormalForm form, string text) => Run(form, text).ToString();

    private static IEnumerable<int> ChangesOf(NormalForm form, string text) => Run(form, text).All.Select(x => x.Change);

    private static string Text(NormalForm form, string text)
    {
        var builder = new StringBuilder();
        foreach ((int scalar, _) in Run(form, text).All)
            builder.Append(new Rune(scalar).ToString());
        return builder.ToString();
    }

    private static ChangeSink Run(NormalForm form, string text)
    {
        var sink = new ChangeSink();
        Normalization.Run(form, Encoding.UTF8.GetBytes(text), ref sink);
        return sink;
    }

    private struct ChangeSink() : INormalizationSink
    {
        public List<(int Scalar, int Change)> All { get; } = [];

        public int Kept { get; private set; }

        public void Keep(scoped ReadOnlySpan<byte> utf8)
        {
            Kept++;
            foreach (Rune rune in Encoding.UTF8.GetString(utf8).EnumerateRunes())
                All.Add((rune.Value, 0));
        }

        public readonly void Add(int scalar, int change) => All.Add((scalar, change));

        // "e 0301+": an e in place of a character, an inserted accent. "00E9-1": it takes the place of two.
        public override readonly string ToString() => string.Join(' ', All.Select(x =>
            (x.Scalar == ' ' ? "SP" : x.Scalar < 0x80 ? ((char)x.Scalar).ToString() : x.Scalar.ToString("X4"))
            + (x.Change > 0 ? "+" : x.Change < 0 ? x.Change.ToString() : "")));
    }
}
