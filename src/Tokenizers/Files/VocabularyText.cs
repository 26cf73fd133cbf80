using Thaw.Tokenizers.Models;

namespace Thaw.Tokenizers.Files;

/// <summary>
/// vocab.txt: one piece per line; its id is the index of the line. Lines end as in Python's text mode (line feed, carriage return, or
/// both). Nothing else is trimmed, and an empty line is a piece too, so that ids never shift.
/// </summary>
internal static class VocabularyText
{
    public const string FileName = "vocab.txt";

    public static Vocabulary Read(byte[] bytes, byte[] continuingPrefix)
    {
        using var pieces = new PieceList();
        pieces.ReserveBytes(bytes.Length);
        int start = 0;
        int id = 0;
        while (start < bytes.Length)
        {
            int length = bytes.AsSpan(start).IndexOfAny((byte)'\n', (byte)'\r');
            int end = length < 0 ? bytes.Length : start + length;
            if (end - start > Vocabulary.MaxPieceLength)
            {
                string reason = $"the line has {end - start} bytes, more than any piece can have. The file is not a vocabulary.";
                throw new TokenizerFileException(FileName, $"line {id + 1}", reason);
            }

            pieces.Add(pieces.Store(bytes.AsSpan(start..end)) with { Id = id++ });
            start = end + (bytes.AsSpan(end).StartsWith("\r\n"u8) ? 2 : 1);
        }

        if (id == 0)
            throw new TokenizerFileException(FileName, "line 1", "the vocabulary is empty. Copy the model's vocab.txt again.");
        return Vocabulary.Of(pieces, continuingPrefix);
    }
}
