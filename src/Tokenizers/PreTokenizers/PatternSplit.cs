namespace Thaw.Tokenizers.PreTokenizers;

/// <summary>Splits by one of the known patterns.</summary>
internal sealed class PatternSplit(WordPattern pattern, SplitBehavior behavior, bool invert) : SplittingPreTokenizer(behavior, invert)
{
    // A match ends before a space that follows a visible character; unless matches are joined, so does the word.
    public override bool IsLocal { get; } = behavior is SplitBehavior.Isolated or SplitBehavior.Removed;

    protected override void FindMatches(ReadOnlySpan<byte> text, int start, int end, ref WordSplitter splitter)
    {
        for (int at = start; at < end;)
        {
            int matchEnd = pattern.MatchEnd(text, at, end);
            splitter.AddMatch(at, matchEnd);
            at = matchEnd;
        }
    }
}
