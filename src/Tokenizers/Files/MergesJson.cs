using System.Text;

namespace Thaw.Tokenizers;

/// <summary>The merges of a BPE model, resolved to ids.</summary>
internal static class MergesJson
{
    /// <param name="merges">Two pieces for each.</param>
    /// <param name="prefixLength">Bytes that the second one begins with, and leaves behind when it is merged.</param>
    public static MergeTable Build(PieceList merges, BpeVocabulary vocabulary, int prefixLength)
    {
        ReadOnlySpan<Piece> pieces = merges.Pieces;
        var resolved = new Merge[pieces.Length / 2];
        Span<byte> merged = stackalloc byte[2 * Vocabulary.MaxPieceLength];
        for (int rank = 0; rank < resolved.Length; rank++)
        {
            ReadOnlySpan<byte> left = merges.Text(pieces[2 * rank]);
            ReadOnlySpan<byte> right = merges.Text(pieces[2 * rank + 1]);
            if (right.Length < prefixLength)
                throw Error(rank, $"\"{Encoding.UTF8.GetString(right)}\" is shorter than the continuing_subword_prefix.");
            left.CopyTo(merged);
            right[prefixLength..].CopyTo(merged[left.Length..]);
            resolved[rank] = new Merge(
                Id(vocabulary, left, rank), Id(vocabulary, right, rank), Id(vocabulary, merged[..(left.Length + right.Length - prefixLength)], rank));
        }

        return MergeTable.Of(resolved);
    }

    private static int Id(BpeVocabulary vocabulary, ReadOnlySpan<byte> piece, int rank) =>
        vocabulary.TryGetId(piece, out int id) ? id : throw Error(rank, $"the vocabulary has no \"{Encoding.UTF8.GetString(piece)}\".");

    private static TokenizerFileException Error(int rank, string reason) => ModelJson.Error($"model.merges[{rank}]", reason);
}
