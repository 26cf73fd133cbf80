namespace Thaw.Tokenizers.Scratch;

/// <summary>The tokens of one text in order, without the special tokens of a template.</summary>
internal sealed class TokenList
{
    private int[] _ids = [];
    private Origin[] _origins = [];
    private Spaces[] _spaces = [];

    public int Count { get; private set; }

    public bool Tracks { get; private set; }

    public ReadOnlySpan<int> Ids => _ids.AsSpan(0, Count);

    /// <summary>Where each token came from; empty if origins are not kept.</summary>
    public ReadOnlySpan<Origin> Origins => _origins.AsSpan(0, Tracks ? Count : 0);

    /// <summary>White space of each token, as far as it was set.</summary>
    public ReadOnlySpan<Spaces> Spaces => _spaces.AsSpan(0, Math.Min(Count, _spaces.Length));

    public void Clear(bool tracks)
    {
        Count = 0;
        Tracks = tracks;
    }

    /// <summary>Adds a token made from the bytes of the text from <paramref name="start"/> to <paramref name="end"/>.</summary>
    public void Add(int id, TextBuffer text, int start, int end) => Add(id, text.OriginOf(start, end));

    public void Add(int id, Origin origin)
    {
        if (Count == _ids.Length)
            Pool.Grow(ref _ids, Count, Count + 1);
        _ids[Count] = id;
        if (Tracks)
        {
            if (Count >= _origins.Length)
                Pool.Grow(ref _origins, Count, Count + 1);
            _origins[Count] = origin;
        }

        Count++;
    }

    public void SetSpaces(int token, Spaces spaces)
    {
        Pool.Grow(ref _spaces, token, token + 1);
        _spaces[token] = spaces;
    }

    /// <summary>Removes the tokens after the first <paramref name="count"/>.</summary>
    public void CutTo(int count) => Count = count;

    /// <summary>Returns arrays that only a long text needs to the shared pool.</summary>
    public void Trim(int mostTokens)
    {
        if (_ids.Length > mostTokens)
            Pool.Release(ref _ids);
        if (_origins.Length > mostTokens)
            Pool.Release(ref _origins);
        if (_spaces.Length > mostTokens)
            Pool.Release(ref _spaces);
        Count = 0;
    }
}
