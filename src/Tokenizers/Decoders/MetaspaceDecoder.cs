namespace Thaw.Tokenizers.Decoders;

/// <summary>Makes the character that stands for a space a space again, or nothing in the first piece, whose space the tokenizer has added.</summary>
internal sealed class MetaspaceDecoder(byte[] replacement, bool addsSpace) : Decoder
{
    public override void Decode(PieceText pieces, PieceText result)
    {
        for (int i = 0; i < pieces.Count; i++)
        {
            ReplaceDecoder.Replace(pieces[i], replacement, i == 0 && addsSpace ? default : " "u8, result);
            result.EndPiece();
        }
    }
}
