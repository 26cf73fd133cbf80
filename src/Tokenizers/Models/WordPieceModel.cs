using System.Buffers;
using Thaw.Tokenizers.Scratch;

namespace Thaw.Tokenizers.Models;

/// <summary>WordPiece: takes the longest matching piece, from the left. A word with a part that no piece matches is unknown as a whole.</summary>
internal sealed class WordPieceModel(Vocabulary vocabulary, int unknownId, int maxCharsPerWord) : TokenModel
{
    public override string Kind => "WordPiece";

    public override int Count => vocabulary.Count;

    public override int HighestId => vocabulary.HighestId;

    public override bool TryGetId(ReadOnlySpan<byte> piece, out int id) => vocabulary.TryGetId(piece, out id);

    public override bool TryWritePiece(int id, IBufferWriter<byte> output)
    {
        if (!vocabulary.TryGetPiece(id, out ReadOnlySpan<byte> piece))
            return false;
        output.Write(piece);
        return true;
    }

    public override Spaces SpacesOf(int id) => vocabulary.TryGetPiece(id, out ReadOnlySpan<byte> piece) ? Spaces.Of(piece) : default;

    public override void Tokenize(TextBuffer text, int start, int end, TokenList tokens, ModelScratch scratch)
    {
        ReadOnlySpan<byte> bytes = text.Bytes;
        if (end - start > maxCharsPerWord && Utf8Text.CountCharacters(bytes[start..end]) > maxCharsPerWord)
        {
            tokens.Add(unknownId, text, start, end);
            return;
        }

        int before = tokens.Count;
        for (int at = start; at < end;)
        {
            if (!vocabulary.TryFindLongest(bytes[at..end], insideWord: at > start, out int id, out int length))
            {
                tokens.CutTo(before);
                tokens.Add(unknownId, text, start, end);
                return;
            }

            tokens.Add(id, text, at, at + length);
            at += length;
        }
    }
}
