using System.Text;
using Thaw.Tokenizers.Unicode;

namespace Thaw.Tokenizers.Scratch;

/// <summary>How many characters of white space a token's text begins and ends with. The space of the byte-level alphabet counts as one.</summary>
internal readonly record struct Spaces(int Leading, int Trailing)
{
    private const int ByteLevelSpace = 0x120;

    /// <param name="text">Valid UTF-8, from a vocabulary or from a text.</param>
    public static Spaces Of(ReadOnlySpan<byte> text)
    {
        int leading = 0;
        for (int at = 0; at < text.Length; leading++)
        {
            if (!IsSpace(Utf8Text.Decode(text, at, out int length)))
                break;
            at += length;
        }

        int trailing = 0;
        for (int at = text.Length; at > 0; trailing++)
        {
            Rune.DecodeLastFromUtf8(text[..at], out Rune last, out int length);
            if (!IsSpace(last.Value))
                break;
            at -= length;
        }

        return new Spaces(leading, trailing);
    }

    private static bool IsSpace(int scalar) => scalar == ByteLevelSpace || UnicodeTables.IsWhiteSpace(scalar);
}
