using System.Buffers;
using System.Text;
using Thaw.Tokenizers.Models;

namespace Thaw.Tokenizers.Decoders;

/// <summary>
/// Turns characters of the byte-level alphabet into the bytes that they stand for, and decodes these as UTF-8. A piece with any other
/// character is kept unchanged.
/// </summary>
internal sealed class ByteLevelDecoder : Decoder
{
    public override void Decode(PieceText pieces, PieceText result)
    {
        using var bytes = new PieceText();
        for (int i = 0; i < pieces.Count; i++)
        {
            if (ByteAlphabet.TryDecode(pieces[i], bytes.GetSpan(pieces[i].Length), out int length))
                bytes.Advance(length);
            else
                bytes.Write(pieces[i]);
        }

        WriteText(bytes.Bytes, result);
        result.EndPiece();
    }

    // Invalid bytes become U+FFFD, one for each maximal subpart.
    private static void WriteText(ReadOnlySpan<byte> bytes, PieceText result)
    {
        while (!bytes.IsEmpty)
        {
            Rune.DecodeFromUtf8(bytes, out Rune rune, out int length);
            result.Advance(rune.EncodeToUtf8(result.GetSpan(4)));
            bytes = bytes[length..];
        }
    }
}
