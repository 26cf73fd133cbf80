using System.Text;
using Thaw.Tokenizers.AddedTokens;
using Thaw.Tokenizers.Models;
using Thaw.Tokenizers.Normalizers;
using Thaw.Tokenizers.PreTokenizers;
using Thaw.Tokenizers.Scratch;

namespace Thaw.Tokenizers;

/// <summary>
/// Text to tokens: added tokens are cut out of the original text, the text between them is normalized, added tokens of the
/// other kind are cut out of the normalized text, the rest is split into words, and the token model turns each word into tokens.
/// </summary>
internal sealed class Pipeline
{
    // Text goes through all stages in parts of about this many bytes: what one stage passes to the next stays in the processor's
    // cache, and text after the last token that is wanted is not processed.
    private const int PartBytes = 4096;

    // Size of the first part if its origins are kept only to know where the text begins.
    private const int FirstPartBytes = 64;

    private readonly Normalizer[] _normalizers;
    private readonly PreTokenizer[] _preTokenizers;
    private readonly TokenModel _model;
    private readonly AddedTokenMatcher _raw;
    private readonly AddedTokenMatcher _normalized;
    private readonly bool _isLocal;
    private readonly bool _hasLocalOrigins;
    private readonly bool _needsOrigins;
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
        _isLocal = _preTokenizers.Length > 0
            && Array.TrueForAll(_normalizers, stage => stage.IsLocal) && Array.TrueForAll(_preTokenizers, stage => stage.IsLocal)
            && Array.TrueForAll(normalized, entry => !entry.Token.StripRight && !entry.Text.Contains((byte)' '));
        _hasLocalOrigins = _isLocal && Array.TrueForAll(_normalizers, stage => stage.HasLocalOrigins);
        _needsOrigins = Array.Exists(_preTokenizers, stage => stage.NeedsOrigins);
    }

    /// <summary>Adds the tokens of a text to an empty list.</summary>
    /// <param name="enough">Stops after the word that brings the list to this many tokens.</param>
    /// <returns>Whether a word or a token was left out.</returns>
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
            bool needsOrigins = _needsOrigins && start == 0;
            bool tracks = progress.Tokens.Tracks || needsOrigins;
            int partBytes = needsOrigins ? FirstPartBytes : PartBytes;
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

    /// <summary>Adds an added token; <paramref name="word"/> is its place in <paramref name="text"/>, including the white space that belongs to it.</summary>
    private void AddToken(Word word, ReadOnlySpan<byte> text, Origin origin, ref Progress progress)
    {
        if (progress.TryAdd(word.TokenId, origin) && _trims && progress.Tokens.Tracks)
            progress.Tokens.SetSpaces(progress.Tokens.Count - 1, Spaces.Of(text[word.Start..word.End]));
    }

    /// <summary>Where the next part ends: before a space that follows a visible ASCII character. No stage looks across such a place.</summary>
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
    /// Counts tokens until there are enough. Only a word can make the list full, not an added token: the reference counts that way
    /// before it divides the room between the texts of a pair.
    /// </summary>
    private struct Progress(TokenList tokens, int enough)
    {
        private bool _isFull;

        public readonly TokenList Tokens => tokens;

        /// <summary>Whether something came after the list was full.</summary>
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
