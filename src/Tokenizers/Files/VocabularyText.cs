using Thaw.Tokenizers.Models;

namespace Thaw.Tokenizers.Files;

/// <summary>
/// vocab.txt: one piece per line, its id the line's index. Lines end as in Python's text mode (line feed, carriage
/// return, or both), nothing else is trimmed, and an empty line is a piece too, so that ids never shift.
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
                throw new TokenizerFileException(FileName, $"line {id + 1}", $"the line has {end - start} bytes. No piece is that long; the file is not a vocabulary.");
            pieces.Add(pieces.Store(bytes.AsSpan(start..end)) with { Id = id++ });
            start = end + (bytes.AsSpan(end).StartsWith("\r\n"u8) ? 2 : 1);
        }

        if (id == 0)
            throw new TokenizerFileException(FileName, "line 1", "the vocabulary is empty. Copy the model's vocab.txt again.");
        return Vocabulary.Of(pieces, continuingPrefix);
    }
}
