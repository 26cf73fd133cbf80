using System.Buffers;

namespace Thaw.Tokenizers.Decoders;

/// <summary>Joins all pieces into one.</summary>
internal sealed class FuseDecoder : Decoder
{
    public override void Decode(PieceText pieces, PieceText result)
    {
        result.Write(pieces.Bytes);
        result.EndPiece();
    }
}
