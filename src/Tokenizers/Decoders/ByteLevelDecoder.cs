using System.Buffers;
using System.Text;
using Thaw.Tokenizers.Scratch;

namespace Thaw.Tokenizers.Decoders;

/// <summary>
/// Makes characters of the byte-level alphabet the bytes that they stand for, and text of these. A piece with any other
/// character stays as it is.
/// </summary>
internal sealed class ByteLevelDecoder : Decoder
{
    // The alphabet ends here: 256 and one more for each of the 68 bytes that are no visible Latin-1 character.
    private const int End = 256 + 68;

    private static readonly short[] ByCharacter = Alphabet();

    public override void Decode(PieceText pieces, PieceText result)
    {
        using var bytes = new PieceText();
        for (int i = 0; i < pieces.Count; i++)
        {
            if (!TryWriteBytes(pieces[i], bytes))
                bytes.Write(pieces[i]);
        }

        WriteText(bytes.Bytes, result);
        result.EndPiece();
    }

    private static bool TryWriteBytes(ReadOnlySpan<byte> piece, PieceText bytes)
    {
        // Each character becomes one byte.
        Span<byte> room = bytes.GetSpan(piece.Length);
        int count = 0;
        for (int at = 0; at < piece.Length;)
        {
            int character = Utf8Text.Decode(piece, at, out int length);
            if (character >= End || ByCharacter[character] < 0)
                return false;
            room[count++] = (byte)ByCharacter[character];
            at += length;
        }

        bytes.Advance(count);
        return true;
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

    private static short[] Alphabet()
    {
        var bytes = new short[End];
        Array.Fill(bytes, (short)-1);
        int next = 256;
        for (int value = 0; value < 256; value++)
        {
            bool visible = value is (>= '!' and <= '~') or (>= 0xA1 and <= 0xAC) or (>= 0xAE and <= 0xFF);
            bytes[visible ? value : next++] = (short)value;
        }

        return bytes;
    }
}
