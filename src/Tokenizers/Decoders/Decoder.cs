namespace Thaw.Tokenizers.Decoders;

/// <summary>One step from pieces to text. The steps of a tokenizer run one after another; the concatenated pieces of the last one are the text.</summary>
internal abstract class Decoder
{
    /// <summary>Writes the decoded pieces into <paramref name="result"/>, which is empty.</summary>
    public abstract void Decode(PieceText pieces, PieceText result);
}
