using Thaw.Tokenizers.Scratch;
using Thaw.Tokenizers.Unicode;

namespace Thaw.Tokenizers.PreTokenizers;

/// <summary>Splits at white space, which is removed, and between word characters and other characters: <c>\w+|[^\w\s]+</c>.</summary>
internal sealed class WhitespacePreTokenizer() : SplittingPreTokenizer(SplitBehavior.Removed, invert: true)
{
    public override bool IsLocal => true;

    protected override void FindMatches(ReadOnlySpan<byte> text, int start, int end, ref WordSplitter splitter)
    {
        int open = start;
        bool? wasWord = null;
        int length;
        for (int at = start; at < end; at += length)
        {
            int scalar = Utf8Text.Decode(text, at, out length);
            bool? isWord = UnicodeTables.IsWord(scalar) ? true : UnicodeTables.IsWhiteSpace(scalar) ? null : false;
            if (isWord == wasWord)
                continue;
            if (wasWord is not null)
                splitter.AddMatch(open, at);
            open = at;
            wasWord = isWord;
        }

        if (wasWord is not null)
            splitter.AddMatch(open, end);
    }
}
