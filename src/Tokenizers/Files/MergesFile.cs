using System.Text;
using Thaw.Tokenizers.Models;

namespace Thaw.Tokenizers.Files;

/// <summary>The merges of a BPE token model, resolved to ids.</summary>
/// <param name="fileName">The file that they come from, for messages.</param>
/// <param name="place">Place of a merge in the file, by its rank.</param>
/// <param name="mayRepeat">Whether a merge may occur twice; then the last one counts.</param>
internal sealed class MergesFile(string fileName, Func<int, string> place, bool mayRepeat)
{
    /// <param name="merges">Two pieces per merge, in the order of their ranks.</param>
    /// <param name="all">The pieces of the vocabulary, in the order of the file.</param>
    /// <param name="prefixLength">Bytes of the prefix that the second piece of a merge begins with, and loses when it is merged.</param>
    public MergeTable Resolve(PieceList merges, PieceList all, BpeVocabulary vocabulary, int prefixLength)
    {
        ReadOnlySpan<Piece> pieces = merges.Pieces;
        var table = new MergeTable(pieces.Length / 2);
        var results = new ResultFinder(all, vocabulary);
        Span<byte> merged = stackalloc byte[2 * Vocabulary.MaxPieceLength];
        for (int rank = 0; rank < pieces.Length / 2; rank++)
        {
            ReadOnlySpan<byte> left = merges.Text(pieces[2 * rank]);
            ReadOnlySpan<byte> right = merges.Text(pieces[2 * rank + 1]);
            if (!vocabulary.TryGetId(left, out int leftId))
                throw Missing(left, rank);
            if (!vocabulary.TryGetId(right, out int rightId))
                throw Missing(right, rank);
            if (right.Length < prefixLength)
                throw Error(rank, $"\"{Encoding.UTF8.GetString(right)}\" is shorter than the continuing_subword_prefix.");
            left.CopyTo(merged);
            right[prefixLength..].CopyTo(merged[left.Length..]);
            ReadOnlySpan<byte> result = merged[..(left.Length + right.Length - prefixLength)];
            if (!results.TryFind(result, out int resultId))
                throw Missing(result, rank);
            if (!mayRepeat && table.RankOf(leftId, rightId) is not MergeTable.None and var first)
                throw Error(rank, $"the same merge is in {place(first)} already, so that its rank is not clear. Copy the file again.");
            table.Add(leftId, rightId, rank, resultId);
        }

        return table.Shared();
    }

    private TokenizerFileException Missing(ReadOnlySpan<byte> piece, int rank) =>
        Error(rank, $"the vocabulary has no \"{Encoding.UTF8.GetString(piece)}\".");

    private TokenizerFileException Error(int rank, string reason) => new(fileName, place(rank), reason);

    /// <summary>Finds the pieces that merges make. Trainers write them in the order of the merges, so the next piece is tried first.</summary>
    private sealed class ResultFinder(PieceList pieces, BpeVocabulary vocabulary)
    {
        // Of two equal pieces the last one counts, and only the vocabulary knows which that is.
        private readonly bool _areDistinct = pieces.Count == vocabulary.Count;
        private int _next;

        public bool TryFind(ReadOnlySpan<byte> written, out int id)
        {
            ReadOnlySpan<Piece> all = pieces.Pieces;
            if (_areDistinct && (uint)_next < (uint)all.Length && pieces.Text(all[_next]).SequenceEqual(written))
            {
                id = all[_next++].Id;
                return true;
            }

            // In most files the id of a piece is its index.
            bool found = vocabulary.TryGetId(written, out id);
            _next = found && (uint)id < (uint)all.Length && all[id].Id == id ? id + 1 : -1;
            return found;
        }
    }
}
