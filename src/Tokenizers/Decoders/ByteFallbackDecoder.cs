using System.Buffers;
using System.Globalization;
using System.Text.Unicode;

namespace Thaw.Tokenizers.Decoders;

/// <summary>Turns a run of pieces like &lt;0xE4&gt; into the text that their bytes encode, or into one U+FFFD each if they are not valid UTF-8.</summary>
internal sealed class ByteFallbackDecoder : Decoder
{
    public override void Decode(PieceText pieces, PieceText result)
    {
        using var run = new PieceText();
        for (int i = 0; i < pieces.Count; i++)
        {
            if (TryReadByte(pieces[i], out byte value))
            {
                run.Write([value]);
                continue;
            }

            EndRun(run, result);
            result.Write(pieces[i]);
            result.EndPiece();
        }

        EndRun(run, result);
    }

    private static void EndRun(PieceText run, PieceText result)
    {
        if (Utf8.IsValid(run.Bytes) && !run.Bytes.IsEmpty)
        {
            result.Write(run.Bytes);
            result.EndPiece();
        }
        else
        {
            for (int i = 0; i < run.Bytes.Length; i++)
            {
                result.Write("\uFFFD"u8);
                result.EndPiece();
            }
        }

        run.Clear();
    }

    // Two hexadecimal digits or, because the reference's number parser accepts it, a plus sign and one digit.
    private static bool TryReadByte(ReadOnlySpan<byte> piece, out byte value)
    {
        value = 0;
        if (piece.Length != 6 || !piece.StartsWith("<0x"u8) || piece[5] != '>')
            return false;
        ReadOnlySpan<byte> digits = piece[3] == '+' ? piece[4..5] : piece[3..5];
        return byte.TryParse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out value);
    }
}
