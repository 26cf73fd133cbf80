namespace Thaw.Tokenizers.Scratch;

/// <summary>The words of a text in order. Pre-tokenizers split the words of one list into those of another.</summary>
internal sealed class WordList
{
    public const int NoToken = -1;

    private Word[] _words = [];

    public int Count { get; private set; }

    public ReadOnlySpan<Word> Words => _words.AsSpan(0, Count);

    public void Clear() => Count = 0;

    /// <summary>Adds a word, unless it is empty.</summary>
    public void Add(int start, int end)
    {
        if (start < end)
            Add(new Word(start, end, NoToken));
    }

    public void Add(Word word)
    {
        if (Count == _words.Length)
            Pool.Grow(ref _words, Count, Count + 1);
        _words[Count++] = word;
    }

    /// <summary>Returns arrays that only a long text needs to the shared pool.</summary>
    public void Trim(int mostWords)
    {
        if (_words.Length > mostWords)
            Pool.Release(ref _words);
        Count = 0;
    }
}
