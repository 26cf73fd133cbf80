using System.Buffers;
using System.Text;
using Thaw.Tokenizers.Scratch;

namespace Thaw.Tokenizers.Models;

/// <summary>
/// The alphabet of byte-level vocabularies, where each byte is a visible character: printable Latin-1 characters stand for themselves, and
/// U+0100 and up for the other 68 bytes, in order. A space is U+0120.
/// </summary>
internal static class ByteAlphabet
{
    private const int FirstOther = 0x100;

    // The bytes that do not stand for themselves, in order: control characters and space, DEL to U+00A0, the soft hyphen.
    private const int LowControls = 0x21;
    private const int HighControls = 0xA1 - 0x7F;
    private const int Others = LowControls + HighControls + 1;

    /// <summary>Length in UTF-8 of the character that stands for <paramref name="value"/>.</summary>
    public static int LengthOf(byte value) => value is >= (byte)'!' and <= (byte)'~' ? 1 : 2;

    /// <summary>Writes the bytes that a piece stands for; there are at most as many as in the piece. False if a character stands for no byte.</summary>
    public static bool TryDecode(ReadOnlySpan<byte> piece, Span<byte> bytes, out int length)
    {
        length = 0;
        for (int at = 0; at < piece.Length;)
        {
            byte first = piece[at];
            int value = first;
            if (first >= 0x80)
            {
                value = Utf8Text.Decode(piece, at, out int used);
                at += used - 1;
            }

            value = ByteOf(value);
            if (value < 0)
                return false;
            bytes[length++] = (byte)value;
            at++;
        }

        return true;
    }

    /// <summary>Writes the piece that stands for these bytes.</summary>
    public static void Encode(ReadOnlySpan<byte> bytes, IBufferWriter<byte> output)
    {
        Span<byte> room = output.GetSpan(2 * bytes.Length);
        int length = 0;
        foreach (byte value in bytes)
            length += new Rune(CharacterOf(value)).EncodeToUtf8(room[length..]);
        output.Advance(length);
    }

    /// <summary>The character that stands for a byte.</summary>
    public static int CharacterOf(byte value) => value switch
    {
        < LowControls => FirstOther + value,
        < 0x7F => value,
        < 0xA1 => FirstOther + LowControls + value - 0x7F,
        0xAD => FirstOther + Others - 1,
        _ => value,
    };

    private static int ByteOf(int character)
    {
        if (character is >= '!' and <= '~' or >= 0xA1 and <= 0xFF and not 0xAD)
            return character;
        int other = character - FirstOther;
        return other switch
        {
            >= 0 and < LowControls => other,
            >= LowControls and < Others - 1 => other - LowControls + 0x7F,
            Others - 1 => 0xAD,
            _ => -1,
        };
    }
}
