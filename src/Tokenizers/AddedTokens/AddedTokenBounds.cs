using System.Text;
using Thaw.Tokenizers.Unicode;

namespace Thaw.Tokenizers.AddedTokens;

/// <summary>Checks and moves the bounds of a match: single words, and white space that becomes part of a token.</summary>
internal static class AddedTokenBounds
{
    public static bool IsSingleWord(ReadOnlySpan<byte> text, int start, int end)
    {
        Rune.DecodeLastFromUtf8(text[..start], out Rune before, out _);
        Rune.DecodeFromUtf8(text[end..], out Rune after, out _);
        return (start == 0 || !UnicodeTables.IsWord(before.Value)) && (end == text.Length || !UnicodeTables.IsWord(after.Value));
    }

    /// <summary>Start of the white space directly before <paramref name="start"/>, but not before <paramref name="bound"/>.</summary>
    public static int StripLeft(ReadOnlySpan<byte> text, int start, int bound)
    {
        while (start > bound)
        {
            Rune.DecodeLastFromUtf8(text[..start], out Rune before, out int length);
            if (!IsWhiteSpace(before))
                break;
            start -= length;
        }

        return Math.Max(start, bound);
    }

    /// <summary>End of the white space directly after <paramref name="end"/>.</summary>
    public static int StripRight(ReadOnlySpan<byte> text, int end)
    {
        while (end < text.Length)
        {
            Rune.DecodeFromUtf8(text[end..], out Rune after, out int length);
            if (!IsWhiteSpace(after))
                break;
            end += length;
        }

        return end;
    }

    private static bool IsWhiteSpace(Rune rune) => (UnicodeTables.Flags(rune.Value) & CharFlags.WhiteSpace) != 0;
}
