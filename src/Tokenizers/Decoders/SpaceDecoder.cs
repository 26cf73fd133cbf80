using System.Buffers;

namespace Thaw.Tokenizers.Decoders;

/// <summary>Puts a space between pieces: the default if the files name no decoder.</summary>
internal sealed class SpaceDecoder : Decoder
{
    public override void Decode(PieceText pieces, PieceText result)
    {
        for (int i = 0; i < pieces.Count; i++)
        {
            if (i > 0)
                result.Write(" "u8);
            result.Write(pieces[i]);
            result.EndPiece();
        }
    }
}
