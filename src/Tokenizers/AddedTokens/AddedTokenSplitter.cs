using Thaw.Tokenizers.Scratch;

namespace Thaw.Tokenizers.AddedTokens;

/// <summary>Cuts a text into added tokens and the text between them. The pieces cover the text in order; none is empty.</summary>
internal ref struct AddedTokenSplitter(AddedTokenMatcher matcher, ReadOnlySpan<byte> text)
{
    private readonly ReadOnlySpan<byte> _text = text;
    private Word _next;
    private int _searched;
    private bool _hasNext;
    private int _done;

    public Word Current { get; private set; }

    public bool MoveNext()
    {
        if (_hasNext)
        {
            _hasNext = false;
            return Take(_next);
        }

        if (FindToken() is { } token)
        {
            if (token.Start == _done)
                return Take(token);
            _next = token;
            _hasNext = true;
            return Take(new Word(_done, token.Start, WordList.NoToken));
        }

        return _done < _text.Length && Take(new Word(_done, _text.Length, WordList.NoToken));
    }

    private bool Take(Word piece)
    {
        Current = piece;
        _done = piece.End;
        return true;
    }

    private Word? FindToken()
    {
        while (!matcher.IsEmpty && matcher.Find(_text, _searched, out int start, out int end) is { } token)
        {
            // The search continues after the match itself, even if white space after it becomes part of the token.
            _searched = end;
            if (token.SingleWord && !AddedTokenBounds.IsSingleWord(_text, start, end))
                continue;
            if (token.StripLeft)
                start = AddedTokenBounds.StripLeft(_text, start, _done);
            if (token.StripRight)
                end = AddedTokenBounds.StripRight(_text, end);
            return new Word(start, end, token.Id);
        }

        _searched = _text.Length;
        return null;
    }
}
