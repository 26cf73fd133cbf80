using Thaw.Tokenizers.Scratch;

namespace Thaw.Tokenizers.PreTokenizers;

/// <summary>Splits words where something matches.</summary>
internal abstract class SplittingPreTokenizer(SplitBehavior behavior, bool invert) : PreTokenizer
{
    public override bool IsLocal => false;

    public sealed override void Split(Workspace work)
    {
        work.SpareWords.Clear();
        foreach (Word word in work.Words.Words)
        {
            if (word.IsToken)
            {
                work.SpareWords.Add(word);
                continue;
            }

            var splitter = new WordSplitter(work.SpareWords, behavior, invert, word.Start);
            FindMatches(work.Text.Bytes, word.Start, word.End, ref splitter);
            splitter.Finish(word.End);
        }

        work.SwapWords();
    }

    /// <summary>Tells all matches within a word.</summary>
    protected abstract void FindMatches(ReadOnlySpan<byte> text, int start, int end, ref WordSplitter splitter);
}
