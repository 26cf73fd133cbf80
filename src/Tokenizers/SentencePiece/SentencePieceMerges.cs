using System.Text;
using Thaw.Tokenizers.Models;
using Thaw.Tokenizers.Scratch;

namespace Thaw.Tokenizers.SentencePiece;

/// <summary>
/// The merges of a SentencePiece model for BPE. The file has only pieces and scores; the reference makes a merge of every way to split a piece
/// into two, those of the best pieces first (generate_merges).
/// </summary>
internal static class SentencePieceMerges
{
    // In bytes. Splitting takes time with the square of the length; SentencePiece makes pieces of at most 16 characters by default.
    private const int LongestPiece = 1000;

    /// <param name="own">The pieces of the file.</param>
    /// <param name="pieces">All pieces of the token model.</param>
    /// <param name="scores">The score of each of them.</param>
    /// <exception cref="TokenizerFileException">A piece is too long, occurs twice, or has a part that the token model lacks.</exception>
    public static MergeTable Make(string fileName, Vocabulary own, PieceList pieces, ReadOnlySpan<double> scores, BpeVocabulary vocabulary)
    {
        var merges = new List<Merge>();
        for (int i = 0; i < pieces.Count; i++)
        {
            ReadOnlySpan<byte> piece = pieces.Text(pieces.Pieces[i]);
            if (piece.Length > LongestPiece)
                throw Error(fileName, piece[..LongestPiece], $"has more than {LongestPiece} bytes");
            if (!vocabulary.TryGetId(piece, out int result) || result != pieces.Pieces[i].Id)
                throw Error(fileName, piece, "occurs twice");
            int characters = Utf8Text.CountCharacters(piece);
            int leftCharacters = 1;
            for (int at = Utf8Text.LengthFrom(piece[0]); at < piece.Length; at += Utf8Text.LengthFrom(piece[at]), leftCharacters++)
            {
                if (!own.TryGetId(piece[..at], out _) || !own.TryGetId(piece[at..], out _))
                    continue;
                if (!vocabulary.TryGetId(piece[..at], out int left) || !vocabulary.TryGetId(piece[at..], out int right))
                    throw Error(fileName, piece, "is made of pieces that the tokenizer's class does not use");
                merges.Add(new Merge(scores[i], leftCharacters, characters - leftCharacters, merges.Count, left, right, result));
            }
        }

        merges.Sort();
        var table = new MergeTable(merges.Count);
        for (int rank = 0; rank < merges.Count; rank++)
            table.Add(merges[rank].Left, merges[rank].Right, rank, merges[rank].Result);
        return table.Shared();
    }

    private static TokenizerFileException Error(string fileName, ReadOnlySpan<byte> piece, string reason) =>
        new(fileName, "", $"the piece \"{Encoding.UTF8.GetString(piece)}\" {reason}. Copy the file again.");

    /// <param name="LeftLength">In characters.</param>
    /// <param name="RightLength">In characters.</param>
    /// <param name="Order">Place among merges that are equal otherwise.</param>
    private readonly record struct Merge(double Score, int LeftLength, int RightLength, int Order, int Left, int Right, int Result) : IComparable<Merge>
    {
        // The best score first; of equal ones the longest parts.
        public int CompareTo(Merge other) =>
            other.Score.CompareTo(Score) is not 0 and var byScore ? byScore
            : other.LeftLength.CompareTo(LeftLength) is not 0 and var byLeft ? byLeft
            : other.RightLength.CompareTo(RightLength) is not 0 and var byRight ? byRight
            : Order.CompareTo(other.Order);
    }
}
