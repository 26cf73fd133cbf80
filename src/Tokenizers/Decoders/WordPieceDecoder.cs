using System.Buffers;

namespace Thaw.Tokenizers.Decoders;

/// <summary>Removes the continuing prefix, and puts a space before every piece without it except the first.</summary>
internal sealed class WordPieceDecoder(byte[] prefix) : Decoder
{
    /// <summary>The reference's cleanup, piece by piece: removes spaces before punctuation and English contractions.</summary>
    public static IEnumerable<Decoder> Cleanup() =>
    [
        new ReplaceDecoder(" ."u8, "."u8),
        new ReplaceDecoder(" ?"u8, "?"u8),
        new ReplaceDecoder(" !"u8, "!"u8),
        new ReplaceDecoder(" ,"u8, ","u8),
        new ReplaceDecoder(" ' "u8, "'"u8),
        new ReplaceDecoder(" n't"u8, "n't"u8),
        new ReplaceDecoder(" 'm"u8, "'m"u8),
        new ReplaceDecoder(" do not"u8, " don't"u8),
        new ReplaceDecoder(" 's"u8, "'s"u8),
        new ReplaceDecoder(" 've"u8, "'ve"u8),
        new ReplaceDecoder(" 're"u8, "'re"u8),
    ];

    public override void Decode(PieceText pieces, PieceText result)
    {
        for (int i = 0; i < pieces.Count; i++)
        {
            ReadOnlySpan<byte> piece = pieces[i];
            if (i > 0 && piece.StartsWith(prefix))
                piece = piece[prefix.Length..];
            else if (i > 0)
                result.Write(" "u8);
            result.Write(piece);
            result.EndPiece();
        }
    }
}
