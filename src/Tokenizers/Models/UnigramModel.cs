using System.Buffers;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using Thaw.Tokenizers.Scratch;

namespace Thaw.Tokenizers.Models;

/// <summary>
/// Unigram: the sequence of pieces with the highest sum of scores. The sums are computed as in the reference, term by term, and of equal
/// sums the one that it finds first wins. A character that is not a piece may become unknown; adjacent unknown characters are one token.
/// </summary>
internal sealed class UnigramModel : TokenModel
{
    private const double UnknownPenalty = 10;
    private const int NoPiece = CharacterPieces.NoPiece;

    private const byte OneToken = 1;
    private const byte ManyTokens = 2;

    private static readonly SharedInstances<UnigramModel> Instances = new();

    private readonly Vocabulary _vocabulary;
    private readonly CharacterPieces _characters;
    private readonly PieceLengths _lengths;
    private readonly double[] _scores;
    private readonly int[] _byteIds = [];
    private readonly int _unknownId;
    private readonly double _unknownScore;

    // By id: whether the piece, as a word, is one token. Set when such a word first occurs; racing threads write the same value.
    private readonly byte[] _words;

    private UnigramModel(Vocabulary vocabulary, PieceList pieces, double[] scores, int unknownId, bool byteFallback)
    {
        _vocabulary = vocabulary;
        _characters = new CharacterPieces(pieces);
        _lengths = new PieceLengths(pieces);
        _scores = scores;
        _words = new byte[scores.Length];
        _unknownId = unknownId;
        _unknownScore = scores.Min() - UnknownPenalty;
        if (byteFallback)
            _byteIds = [.. Enumerable.Range(0, 256).Select(value => Find(Encoding.UTF8.GetBytes($"<0x{value:X2}>")))];
    }

    /// <summary>The token model of these pieces; of equal ones the last counts. A piece's id is its index.</summary>
    /// <param name="pieces">Not empty.</param>
    /// <param name="byteFallback">Whether unknown characters become the pieces of their bytes, such as &lt;0x0A&gt;, if all of these exist.</param>
    public static UnigramModel Of(PieceList pieces, ReadOnlySpan<double> scores, int unknownId, bool byteFallback)
    {
        Vocabulary vocabulary = Vocabulary.Of(pieces, continuingPrefix: []);
        double[] copy = scores.ToArray();
        return Instances.GetOrAdd(
            PieceHash.Compute(MemoryMarshal.AsBytes(scores), byteFallback) ^ (ulong)unknownId,
            known => known._vocabulary == vocabulary && known._scores.AsSpan().SequenceEqual(copy)
                && known._unknownId == unknownId && known._byteIds.Length > 0 == byteFallback,
            () => new UnigramModel(vocabulary, pieces, copy, unknownId, byteFallback));
    }

    public override string Kind => "Unigram";

    public override int Count => _scores.Length;

    public override int HighestId => _scores.Length - 1;

    public override bool TryGetId(ReadOnlySpan<byte> piece, out int id) => _vocabulary.TryGetId(piece, out id);

    public override bool TryWritePiece(int id, IBufferWriter<byte> output)
    {
        if (!_vocabulary.TryGetPiece(id, out ReadOnlySpan<byte> piece))
            return false;
        output.Write(piece);
        return true;
    }

    public override Spaces SpacesOf(int id) => _vocabulary.TryGetPiece(id, out ReadOnlySpan<byte> piece) ? Spaces.Of(piece) : default;

    public override void Tokenize(TextBuffer text, int start, int end, TokenList tokens, ModelScratch scratch)
    {
        int whole = end - start <= _lengths.Longest ? Find(text.Bytes[start..end]) : NoPiece;
        if (whole != NoPiece && _words[whole] == OneToken)
        {
            tokens.Add(whole, text, start, end);
            return;
        }

        int before = tokens.Count;
        TakeBest(text, start, end, tokens, new BestPath(scratch));
        if (whole != NoPiece)
            _words[whole] = tokens.Count == before + 1 ? OneToken : ManyTokens;
    }

    private void TakeBest(TextBuffer text, int start, int end, TokenList tokens, BestPath path)
    {
        ReadOnlySpan<byte> word = text.PaddedBytes[start..];
        var written = new UnigramTokens(this, text, start, tokens);
        int length = end - start;
        for (int at = 0; at < length;)
        {
            at += OfferAt(word[at..], at, length - at, ref path);
            if (!path.IsSettled(at))
                continue;
            path.Settle();
            while (path.TryTake(out int id, out int pieceEnd))
                written.Add(id, pieceEnd);
        }

        written.End();
    }

    /// <summary>Offers all pieces that the text begins with, and returns the length of its first character.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private int OfferAt(ReadOnlySpan<byte> text, int at, int rest, ref BestPath path)
    {
        double score = path.ScoreAt(at);
        int single = _characters.IdOf(Utf8Text.Decode(text, 0, out int first));
        if (single == NoPiece)
            path.Offer(at, at + first, _unknownId, _unknownScore + score);
        else
            path.Offer(at, at + first, single, _scores[single] + score);

        uint counts = _lengths.At(text, rest);
        if (counts >= PieceLengths.LongBit)
            OfferLong(text, at, rest, score, ref path);
        counts &= PieceLengths.LongBit - 1;
        for (int length = first; counts != 0 && length < rest; counts >>= 1)
        {
            length += Utf8Text.LengthFrom(text[length]);
            if ((counts & 1) != 0)
                TryOffer(text[..length], at, score, ref path);
        }

        return first;
    }

    private void OfferLong(ReadOnlySpan<byte> text, int at, int rest, double score, ref BestPath path)
    {
        foreach (int length in _lengths.LongLengths)
        {
            if (length > rest)
                return;
            TryOffer(text[..length], at, score, ref path);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void TryOffer(ReadOnlySpan<byte> piece, int at, double score, ref BestPath path)
    {
        if (Find(piece) is >= 0 and var id)
            path.Offer(at, at + piece.Length, id, _scores[id] + score);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private int Find(ReadOnlySpan<byte> piece) => _vocabulary.TryGetId(piece, out int id) ? id : NoPiece;

    /// <summary>Writes the pieces of a path; adjacent unknown ones become one token.</summary>
    private ref struct UnigramTokens(UnigramModel model, TextBuffer text, int start, TokenList tokens)
    {
        private readonly int _start = start;
        private int _written = start;
        private int _unknownEnd = start;

        /// <param name="end">Where the piece ends within the word.</param>
        public void Add(int id, int end)
        {
            end += _start;
            if (id == model._unknownId)
            {
                _unknownEnd = end;
                return;
            }

            End();
            tokens.Add(id, text, _written, end);
            _written = _unknownEnd = end;
        }

        /// <summary>Ends a run of unknown pieces.</summary>
        public void End()
        {
            if (_unknownEnd == _written)
                return;
            // Together they may be a piece after all: the text of the unknown token itself.
            ReadOnlySpan<byte> run = text.Bytes[_written.._unknownEnd];
            int id = model.Find(run);
            if (id == NoPiece && !TryAddBytes(run))
                id = model._unknownId;
            if (id != NoPiece)
                tokens.Add(id, text, _written, _unknownEnd);
            _written = _unknownEnd;
        }

        private readonly bool TryAddBytes(ReadOnlySpan<byte> run)
        {
            if (model._byteIds.Length == 0)
                return false;
            foreach (byte value in run)
            {
                if (model._byteIds[value] == NoPiece)
                    return false;
            }

            foreach (byte value in run)
                tokens.Add(model._byteIds[value], text, _written, _unknownEnd);
            return true;
        }
    }
}
