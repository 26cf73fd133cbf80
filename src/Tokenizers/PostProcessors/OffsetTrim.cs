using System.Text;
using Thaw.Tokenizers.Encodings;
using Thaw.Tokenizers.Scratch;

namespace Thaw.Tokenizers.PostProcessors;

/// <summary>Takes the white space that tokens begin and end with out of their offsets, as the reference's ByteLevel and RobertaProcessing do.</summary>
/// <param name="keepsAddedSpace">A window's first token, and one at the text's start, keeps a single leading space: the pre-tokenizer may have added it.</param>
internal sealed class OffsetTrim(bool keepsAddedSpace)
{
    /// <param name="text">As it was given.</param>
    /// <param name="spaces">Of each token.</param>
    /// <param name="offsets">Bytes of the text; of the tokens of one window.</param>
    public void Apply(ReadOnlySpan<byte> text, ReadOnlySpan<Spaces> spaces, Span<TokenOffset> offsets)
    {
        for (int i = 0; i < offsets.Length; i++)
        {
            (int start, int end) = (offsets[i].Start, offsets[i].End);
            int leading = spaces[i].Leading;
            if (leading == 1 && keepsAddedSpace && (i == 0 || start == 0))
                leading = 0;
            start = Forward(text, start, end, leading);
            // Fewer characters than there are spaces to take leave the end where it is.
            if (Backward(text, end, spaces[i].Trailing) is { } trimmed)
                end = Math.Max(trimmed, start);
            offsets[i] = new TokenOffset(start, end);
        }
    }

    private static int Forward(ReadOnlySpan<byte> text, int at, int end, int characters)
    {
        for (; characters > 0 && at < end; characters--)
        {
            Rune.DecodeFromUtf8(text[at..], out _, out int length);
            at += length;
        }

        return Math.Min(at, end);
    }

    private static int? Backward(ReadOnlySpan<byte> text, int at, int characters)
    {
        for (; characters > 0; characters--)
        {
            if (at == 0)
                return null;
            Rune.DecodeLastFromUtf8(text[..at], out _, out int length);
            at -= length;
        }

        return at;
    }
}
