namespace Thaw.Tokenizers.Scratch;

/// <summary>A part of a <see cref="TextBuffer"/> that the model sees by itself, or the text of an added token.</summary>
/// <param name="TokenId">Id of the added token; <see cref="WordList.NoToken"/> for a word.</param>
internal readonly record struct Word(int Start, int End, int TokenId)
{
    public bool IsToken => TokenId != WordList.NoToken;
}

/// <summary>The words of a text in order. Pre-tokenizers turn one list into a finer one.</summary>
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

    /// <summary>Gives back what only a long text needs.</summary>
    public void Trim(int mostWords)
    {
        if (_words.Length > mostWords)
            Pool.Release(ref _words);
        Count = 0;
    }
}
