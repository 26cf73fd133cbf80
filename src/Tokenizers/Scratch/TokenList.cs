namespace Thaw.Tokenizers.Scratch;

/// <summary>The tokens of one text in order, without those that a template puts around it.</summary>
internal sealed class TokenList
{
    private int[] _ids = [];
    private Origin[] _origins = [];
    private Spaces[] _spaces = [];

    public int Count { get; private set; }

    public bool Tracks { get; private set; }

    public ReadOnlySpan<int> Ids => _ids.AsSpan(0, Count);

    /// <summary>Where each token came from; empty when origins are not kept.</summary>
    public ReadOnlySpan<Origin> Origins => _origins.AsSpan(0, Tracks ? Count : 0);

    /// <summary>White space of each token, where it was set.</summary>
    public ReadOnlySpan<Spaces> Spaces => _spaces.AsSpan(0, Math.Min(Count, _spaces.Length));

    public void Clear(bool tracks)
    {
        Count = 0;
        Tracks = tracks;
    }

    /// <summary>Adds the token that the bytes from <paramref name="start"/> to <paramref name="end"/> of the text make.</summary>
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

    /// <summary>Takes the tokens behind the first <paramref name="count"/> back.</summary>
    public void CutTo(int count) => Count = count;

    /// <summary>Gives back what only a long text needs.</summary>
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
