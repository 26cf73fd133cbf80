using Thaw.Tokenizers.Scratch;

namespace Thaw.Tokenizers.PreTokenizers;

/// <summary>Turns the matches in a text, reported in order, and the text between them into words.</summary>
internal ref struct WordSplitter(WordList words, SplitBehavior behavior, bool invert, int start)
{
    // Everything before this has been reported. The last word, from _open to here, may still grow.
    private int _reported = start;
    private int _open = start;
    private bool _wasMatch;

    /// <summary>Reports a match after all earlier ones.</summary>
    public void AddMatch(int start, int end)
    {
        Add(start, isMatch: false);
        Add(end, isMatch: true);
    }

    /// <summary>Reports the end of the text.</summary>
    public void Finish(int end)
    {
        Add(end, isMatch: false);
        words.Add(_open, _reported);
    }

    private void Add(int end, bool isMatch)
    {
        if (end == _reported)
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
            words.Add(_open, _reported);
            _open = _reported;
        }

        _reported = end;
        _wasMatch = isMatch;
        if (isMatch && behavior == SplitBehavior.Removed)
            _open = end;
    }
}
