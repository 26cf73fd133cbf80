using Thaw.Tokenizers.Scratch;

namespace Thaw.Tokenizers.PreTokenizers;

/// <summary>Splits words at matches.</summary>
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

    /// <summary>Reports all matches within a word, in order.</summary>
    protected abstract void FindMatches(ReadOnlySpan<byte> text, int start, int end, ref WordSplitter splitter);
}
