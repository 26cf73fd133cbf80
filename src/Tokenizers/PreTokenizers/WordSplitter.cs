using Thaw.Tokenizers.Scratch;

namespace Thaw.Tokenizers.PreTokenizers;

/// <summary>Makes words of a text's matches and of what stands between them, which are told in order.</summary>
internal ref struct WordSplitter(WordList words, SplitBehavior behavior, bool invert, int start)
{
    // What is told has come up to here; the last word, up to there too, may still grow.
    private int _told = start;
    private int _open = start;
    private bool _wasMatch;

    /// <summary>A match, behind all that was told.</summary>
    public void AddMatch(int start, int end)
    {
        Add(start, isMatch: false);
        Add(end, isMatch: true);
    }

    /// <summary>The end of the text.</summary>
    public void Finish(int end)
    {
        Add(end, isMatch: false);
        words.Add(_open, _told);
    }

    private void Add(int end, bool isMatch)
    {
        if (end == _told)
            return;
        isMatch ^= invert;
        bool joins = behavior switch
        {
            SplitBehavior.Contiguous => isMatch == _wasMatch,
            SplitBehavior.MergedWithPrevious => isMatch && !_wasMatch,
            SplitBehavior.MergedWithNext => !isMatch && _wasMatch,
            _ => false,
        };
        if (!joins)
        {
            words.Add(_open, _told);
            _open = _told;
        }

        _told = end;
        _wasMatch = isMatch;
        if (isMatch && behavior == SplitBehavior.Removed)
            _open = end;
    }
}
