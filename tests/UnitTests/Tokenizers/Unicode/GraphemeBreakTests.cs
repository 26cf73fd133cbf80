using System.Text;
using Thaw.Tokenizers.Unicode;

namespace Thaw.UnitTests.Tokenizers.Unicode;

public sealed class GraphemeBreakTests
{
    [Theory]
    [InlineData("ab", "a|b")]
    [InlineData("\r\n\n\r", "\r\n|\n|\r")]
    [InlineData("a\r\u0301", "a|\r|\u0301")]
    [InlineData("e\u0301\u0323x", "e\u0301\u0323|x")]
    [InlineData("\u0915\u0940\u0903", "\u0915\u0940\u0903")]
    [InlineData("\u0600a\u0301b", "\u0600a\u0301|b")]
    [InlineData("\u0600\n", "\u0600|\n")]
    public void Extends_and_prepends_join_and_controls_do_not(string text, string clusters) => Assert.Equal(clusters, Clusters(text));

    [Theory]
    [InlineData("\u1100\u1161\u11A8\u1100", "\u1100\u1161\u11A8|\u1100")]
    [InlineData("\uAC00\u11A8\uAC01", "\uAC00\u11A8|\uAC01")]
    [InlineData("\uAC01\u1161", "\uAC01|\u1161")]
    [InlineData("\u1100\u1100\uAC01\u11A8", "\u1100\u1100\uAC01\u11A8")]
    public void Hangul_letters_form_syllables(string text, string clusters) => Assert.Equal(clusters, Clusters(text));

    [Theory]
    [InlineData("\u0915\u094D\u0937", "\u0915\u094D\u0937")]
    [InlineData("\u0915\u094D\u200D\u0937", "\u0915\u094D\u200D\u0937")]
    [InlineData("\u0915\u094D\u200C\u0937", "\u0915\u094D\u200C|\u0937")]
    [InlineData("\u0915\u093C\u0937", "\u0915\u093C|\u0937")]
    [InlineData("\u0915\u093C\u094D\u0301\u0937", "\u0915\u093C\u094D\u0301\u0937")]
    [InlineData("a\u094D\u0937", "a\u094D|\u0937")]
    [InlineData("\u1000\u1039\u1001", "\u1000\u1039\u1001")]
    [InlineData("\u0B95\u0BCD\u0BB7", "\u0B95\u0BCD|\u0BB7")]
    public void Conjuncts_hold_together_where_a_linker_joins_two_consonants(string text, string clusters) => Assert.Equal(clusters, Clusters(text));

    [Theory]
    [InlineData("\u00A9\u200D\u00AE", "\u00A9\u200D\u00AE")]
    [InlineData("\u00A9\uFE0F\u200D\u00AE", "\u00A9\uFE0F\u200D\u00AE")]
    [InlineData("\u00A9\u200D\u200D\u00AE", "\u00A9\u200D\u200D|\u00AE")]
    [InlineData("a\u200D\u00AE", "a\u200D|\u00AE")]
    [InlineData("\U0001F44D\U0001F3FD\U0001F44D", "\U0001F44D\U0001F3FD|\U0001F44D")]
    [InlineData("\U0001F1E9\U0001F1EA\U0001F1EB\U0001F1F7\U0001F1EE", "\U0001F1E9\U0001F1EA|\U0001F1EB\U0001F1F7|\U0001F1EE")]
    public void Emoji_join_by_joiners_and_flags_by_pairs(string text, string clusters) => Assert.Equal(clusters, Clusters(text));

    [Fact]
    public void Every_byte_belongs_to_one_cluster_whatever_the_bytes_are()
    {
        var random = new Random(2);
        byte[] text = new byte[64];
        for (int round = 0; round < 20_000; round++)
        {
            random.NextBytes(text);
            int at = 0;
            while (at < text.Length)
            {
                int length = GraphemeBreak.NextLength(text.AsSpan(at));
                Assert.InRange(length, 1, text.Length - at);
                at += length;
            }
        }

        Assert.Equal(0, GraphemeBreak.NextLength([]));
    }

    private static string Clusters(string text)
    {
        var clusters = new List<string>();
        ReadOnlySpan<byte> rest = Encoding.UTF8.GetBytes(text);
        while (!rest.IsEmpty)
        {
            int length = GraphemeBreak.NextLength(rest);
            clusters.Add(Encoding.UTF8.GetString(rest[..length]));
            rest = rest[length..];
        }

        return string.Join('|', clusters);
    }
}
