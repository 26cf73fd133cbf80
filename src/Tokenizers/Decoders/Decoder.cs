namespace Thaw.Tokenizers.Decoders;

/// <summary>One step from pieces to text. The steps of a tokenizer follow one another; the text is what the last one's pieces make in a row.</summary>
internal abstract class Decoder
{
    /// <summary>Writes what it makes of the pieces into <paramref name="result"/>, which is empty.</summary>
    public abstract void Decode(PieceText pieces, PieceText result);
}
