using System.Runtime.CompilerServices;

namespace Thaw.Tokenizers.Scratch;

/// <summary>Reads UTF-8 that is known to be valid.</summary>
internal static class Utf8Text
{
    /// <summary>Length in bytes of the character that begins with this byte.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int LengthFrom(byte first) => first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;

    /// <summary>The character at <paramref name="at"/> and its length in bytes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Decode(ReadOnlySpan<byte> text, int at, out int length)
    {
        int first = text[at];
        length = LengthFrom((byte)first);
        return length switch
        {
            1 => first,
            2 => (first & 0x1F) << 6 | (text[at + 1] & 0x3F),
            3 => (first & 0x0F) << 12 | (text[at + 1] & 0x3F) << 6 | (text[at + 2] & 0x3F),
            _ => (first & 0x07) << 18 | (text[at + 1] & 0x3F) << 12 | (text[at + 2] & 0x3F) << 6 | (text[at + 3] & 0x3F),
        };
    }

    public static int CountCharacters(ReadOnlySpan<byte> text)
    {
        int count = 0;
        foreach (byte value in text)
            count += (value & 0xC0) != 0x80 ? 1 : 0;
        return count;
    }
}
