using System.Runtime.CompilerServices;
using System.Text;
using static Thaw.Tokenizers.Unicode.GraphemeBreakClass;

namespace Thaw.Tokenizers.Unicode;

/// <summary>Extended grapheme clusters (UAX 29), Unicode 17.0, as in the reference's crate unicode-segmentation.</summary>
internal static class GraphemeBreak
{
    /// <summary>Length of the first cluster in bytes; 0 only for an empty text. Invalid UTF-8 is read as U+FFFD.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int NextLength(ReadOnlySpan<byte> utf8)
    {
        if (utf8.Length < 2)
            return utf8.Length;
        if ((utf8[0] | utf8[1]) < 0x80)
            return utf8[0] == '\r' && utf8[1] == '\n' ? 2 : 1;
        return Find(utf8);
    }

    private static int Find(ReadOnlySpan<byte> utf8)
    {
        Rune.DecodeFromUtf8(utf8, out Rune rune, out int at);
        GraphemeBreakClass before = UnicodeTables.BreakClass(rune.Value);
        var context = new Context();
        context.Pass(before);
        while (at < utf8.Length)
        {
            Rune.DecodeFromUtf8(utf8[at..], out rune, out int length);
            GraphemeBreakClass after = UnicodeTables.BreakClass(rune.Value);
            if (IsBoundary(before, after, in context))
                break;
            context.Pass(after);
            before = after;
            at += length;
        }

        return at;
    }

    private static bool IsBoundary(GraphemeBreakClass before, GraphemeBreakClass after, in Context context)
    {
        if (before is Control or CarriageReturn or LineFeed || after is Control or CarriageReturn or LineFeed)
            return !(before == CarriageReturn && after == LineFeed); // GB3 to GB5
        if (after is Extend or Linker or NonJoiner or ZeroWidthJoiner or SpacingMark || before == Prepend)
            return false; // GB9 to GB9b
        return (before, after) switch
        {
            (HangulLead, HangulLead or HangulVowel or HangulOpen or HangulClosed) => false, // GB6
            (HangulOpen or HangulVowel, HangulVowel or HangulTail) => false, // GB7
            (HangulClosed or HangulTail, HangulTail) => false, // GB8
            (_, Consonant) => !context.Linked, // GB9c
            (ZeroWidthJoiner, Pictographic) => !context.Joined, // GB11
            (RegionalIndicator, RegionalIndicator) => !context.OddIndicators, // GB12, GB13
            _ => true,
        };
    }

    // What the rules need to know about the cluster before its last character.
    private struct Context
    {
        private bool _consonant;
        private bool _linker;
        private bool _pictographic;

        /// <summary>A consonant, then extending characters, at least one of them a linker.</summary>
        public readonly bool Linked => _linker;

        /// <summary>A pictographic, then extending characters and a joiner.</summary>
        public bool Joined { get; private set; }

        public bool OddIndicators { get; private set; }

        public void Pass(GraphemeBreakClass next)
        {
            bool conjunct = _consonant && next is Extend or Linker or ZeroWidthJoiner;
            _linker = _consonant && next is Extend or Linker or ZeroWidthJoiner && (_linker || next == Linker);
            _consonant = conjunct || next == Consonant;
            Joined = _pictographic && next == ZeroWidthJoiner;
            _pictographic = next == Pictographic || _pictographic && next is Extend or Linker or NonJoiner;
            OddIndicators = next == RegionalIndicator && !OddIndicators;
        }
    }
}
