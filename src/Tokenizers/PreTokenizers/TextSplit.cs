namespace Thaw.Tokenizers.PreTokenizers;

/// <summary>Splits at the occurrences of a text.</summary>
internal sealed class TextSplit(byte[] pattern, SplitBehavior behavior, bool invert) : SplittingPreTokenizer(behavior, invert)
{
    protected override void FindMatches(ReadOnlySpan<byte> text, int start, int end, ref WordSplitter splitter)
    {
        for (int found; (found = text[start..end].IndexOf(pattern)) >= 0;)
        {
            start += found + pattern.Length;
            splitter.AddMatch(start - pattern.Length, start);
        }
    }
}
