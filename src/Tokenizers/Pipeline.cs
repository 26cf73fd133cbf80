using System.Text;
using Thaw.Tokenizers.AddedTokens;
using Thaw.Tokenizers.Models;
using Thaw.Tokenizers.Normalizers;
using Thaw.Tokenizers.PreTokenizers;
using Thaw.Tokenizers.Scratch;

namespace Thaw.Tokenizers;

/// <summary>
/// Text to tokens: added tokens are cut out of the text as it came, what stands between them is normalized, added
/// tokens of the other kind are cut out of that, the rest is split into words, and the model makes tokens of each.
/// </summary>
internal sealed class Pipeline
{
    // Text goes through all stages in parts of about this many bytes: what the stages hand on stays in the processor's
    // cache, and what lies behind the tokens that are wanted is not looked at.
    private const int PartBytes = 4096;

    // The first part, if origins have to be kept in it only to know where the text begins.
    private const int FirstPartBytes = 64;

    private readonly Normalizer[] _normalizers;
    private readonly PreTokenizer[] _preTokenizers;
    private readonly TokenModel _model;
    private readonly AddedTokenMatcher _raw;
    private readonly AddedTokenMatcher _normalized;
    private readonly bool _isLocal;
    private readonly bool _hasLocalOrigins;
    private readonly bool _asksOrigins;
    private readonly bool _trims;

    public Pipeline(TokenizerParts parts)
    {
        _normalizers = parts.Normalizers;
        _preTokenizers = parts.PreTokenizers;
        _model = parts.Model;
        _trims = parts.PostProcessor.Trim is not null;
        _raw = new AddedTokenMatcher(parts.AddedTokens.Where(token => !token.Normalized)
            .Select(token => (Encoding.UTF8.GetBytes(token.Content), token)));
        (byte[] Text, AddedToken Token)[] normalized = [.. parts.AddedTokens.Where(token => token.Normalized)
            .Select(token => (Normalize(token.Content), token))];
        _normalized = new AddedTokenMatcher(normalized);
        _isLocal = _preTokenizers.Length > 0 && Array.TrueForAll(_normalizers, stage => stage.IsLocal) && Array.TrueForAll(_preTokenizers, stage => stage.IsLocal)
            && Array.TrueForAll(normalized, entry => !entry.Token.StripRight && !entry.Text.Contains((byte)' '));
        _hasLocalOrigins = _isLocal && Array.TrueForAll(_normalizers, stage => stage.HasLocalOrigins);
        _asksOrigins = Array.Exists(_preTokenizers, stage => stage.AsksOrigins);
    }

    /// <summary>Adds the tokens of a text to a list that is empty.</summary>
    /// <param name="enough">The text behind the word in which there are that many tokens is left out.</param>
    /// <returns>Whether there was a word or a token that was left out.</returns>
    public bool Run(ReadOnlySpan<byte> text, Workspace work, TokenList tokens, int enough)
    {
        var progress = new Progress(tokens, enough);
        var pieces = new AddedTokenSplitter(_raw, text);
        while (!progress.IsCut && pieces.MoveNext())
        {
            Word piece = pieces.Current;
            if (piece.IsToken)
                AddToken(piece, text, new Origin(piece.Start, piece.End), ref progress);
            else
                RunPiece(text, piece, work, ref progress);
        }

        return progress.IsCut;
    }

    private void RunPiece(ReadOnlySpan<byte> text, Word piece, Workspace work, ref Progress progress)
    {
        for (int start = piece.Start; start < piece.End && !progress.IsCut;)
        {
            bool asksOrigins = _asksOrigins && start == 0;
            bool tracks = progress.Tokens.Tracks || asksOrigins;
            int partBytes = asksOrigins ? FirstPartBytes : PartBytes;
            int end = (tracks ? _hasLocalOrigins : _isLocal) ? PartEnd(text, start, piece.End, partBytes) : piece.End;
            work.Text.Clear(tracks);
            work.Text.AppendGiven(text[start..end], start);
            foreach (Normalizer normalizer in _normalizers)
                normalizer.Normalize(work);
            FindWords(work);
            Tokenize(work, ref progress);
            start = end;
        }
    }

    private void FindWords(Workspace work)
    {
        work.Words.Clear();
        var pieces = new AddedTokenSplitter(_normalized, work.Text.Bytes);
        while (pieces.MoveNext())
            work.Words.Add(pieces.Current);
        foreach (PreTokenizer preTokenizer in _preTokenizers)
            preTokenizer.Split(work);
    }

    private void Tokenize(Workspace work, ref Progress progress)
    {
        foreach (Word word in work.Words.Words)
        {
            if (progress.IsCut)
                return;
            if (word.IsToken)
                AddToken(word, work.Text.Bytes, work.Text.OriginOf(word.Start, word.End), ref progress);
            else if (progress.TryBeginWord())
            {
                int before = progress.Tokens.Count;
                _model.Tokenize(work.Text, word.Start, word.End, progress.Tokens, work.Model);
                if (_trims && progress.Tokens.Tracks)
                    SetSpaces(progress.Tokens, before);
                progress.EndWord();
            }
        }
    }

    private void SetSpaces(TokenList tokens, int from)
    {
        for (int token = from; token < tokens.Count; token++)
            tokens.SetSpaces(token, _model.SpacesOf(tokens.Ids[token]));
    }

    /// <summary>Adds an added token, which stands in <paramref name="text"/> together with the white space that it takes.</summary>
    private void AddToken(Word word, ReadOnlySpan<byte> text, Origin origin, ref Progress progress)
    {
        if (progress.TryAdd(word.TokenId, origin) && _trims && progress.Tokens.Tracks)
            progress.Tokens.SetSpaces(progress.Tokens.Count - 1, Spaces.Of(text[word.Start..word.End]));
    }

    /// <summary>Where the next part ends: in front of a space that follows a character of ASCII, where no stage looks across.</summary>
    private static int PartEnd(ReadOnlySpan<byte> text, int start, int end, int partBytes)
    {
        for (int at = start + partBytes; at < end;)
        {
            int space = text[at..end].IndexOf((byte)' ');
            if (space < 0)
                break;
            at += space;
            if (text[at - 1] is > (byte)' ' and < 0x7F)
                return at;
            at++;
        }

        return end;
    }

    private byte[] Normalize(string content)
    {
        Workspace work = Workspace.Rent();
        work.Text.Clear(tracks: false);
        work.Text.AppendGiven(Encoding.UTF8.GetBytes(content), 0);
        foreach (Normalizer normalizer in _normalizers)
            normalizer.Normalize(work);
        byte[] normalized = work.Text.Bytes.ToArray();
        work.Return();
        return normalized;
    }

    /// <summary>
    /// Counts up to the tokens that are enough. Only a word makes it full, not an added token: the reference counts that
    /// way before it shares out a pair's room.
    /// </summary>
    private struct Progress(TokenList tokens, int enough)
    {
        private bool _isFull;

        public readonly TokenList Tokens => tokens;

        /// <summary>Something came after it was full.</summary>
        public bool IsCut { get; private set; }

        public bool TryAdd(int id, Origin origin)
        {
            IsCut = _isFull;
            if (!IsCut)
                tokens.Add(id, origin);
            return !IsCut;
        }

        public bool TryBeginWord() => !(IsCut = _isFull);

        public void EndWord() => _isFull = tokens.Count >= enough;
    }
}
