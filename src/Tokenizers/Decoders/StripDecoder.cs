using System.Buffers;

namespace Thaw.Tokenizers.Decoders;

/// <summary>Takes a character off the ends of each piece, up to so many times at each.</summary>
internal sealed class StripDecoder(byte[] character, int start, int stop) : Decoder
{
    public override void Decode(PieceText pieces, PieceText result)
    {
        for (int i = 0; i < pieces.Count; i++)
        {
            ReadOnlySpan<byte> piece = pieces[i];
            for (int left = start; left > 0 && piece.StartsWith(character); left--)
                piece = piece[character.Length..];
            // Where both ends want the same characters, the reference panics.
            for (int left = stop; left > 0 && piece.EndsWith(character); left--)
                piece = piece[..^character.Length];
            result.Write(piece);
            result.EndPiece();
        }
    }
}
