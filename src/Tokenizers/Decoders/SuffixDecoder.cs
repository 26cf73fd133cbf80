namespace Thaw.Tokenizers.Decoders;

/// <summary>For the oldest BPE models, whose words end with a suffix: it becomes a space, and is removed from the last piece.</summary>
/// <param name="suffix">Not empty.</param>
internal sealed class SuffixDecoder(byte[] suffix) : Decoder
{
    public override void Decode(PieceText pieces, PieceText result)
    {
        for (int i = 0; i < pieces.Count; i++)
        {
            ReplaceDecoder.Replace(pieces[i], suffix, i < pieces.Count - 1 ? " "u8 : default, result);
            result.EndPiece();
        }
    }
}
