using System.Buffers;

namespace Thaw.Tokenizers.Decoders;

/// <summary>Removes a character from the ends of each piece, at most a given number of times at each end.</summary>
/// <param name="start">The most removals at the start.</param>
/// <param name="stop">The most removals at the end.</param>
internal sealed class StripDecoder(byte[] character, int start, int stop) : Decoder
{
    public override void Decode(PieceText pieces, PieceText result)
    {
        for (int i = 0; i < pieces.Count; i++)
        {
            ReadOnlySpan<byte> piece = pieces[i];
            for (int left = start; left > 0 && piece.StartsWith(character); left--)
                piece = piece[character.Length..];
            // The reference panics if both ends would remove the same characters.
            for (int left = stop; left > 0 && piece.EndsWith(character); left--)
                piece = piece[..^character.Length];
            result.Write(piece);
            result.EndPiece();
        }
    }
}
