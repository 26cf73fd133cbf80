namespace Thaw.Tokenizers.Decoders;

/// <summary>Turns the character that stands for a space back into a space. In the first piece it is removed if the tokenizer has added it.</summary>
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
