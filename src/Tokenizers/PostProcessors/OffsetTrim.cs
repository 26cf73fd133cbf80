using System.Text;
using Thaw.Tokenizers.Encodings;
using Thaw.Tokenizers.Scratch;

namespace Thaw.Tokenizers.PostProcessors;

/// <summary>Excludes white space at the start and end of tokens from their offsets, as the reference's ByteLevel and RobertaProcessing do.</summary>
/// <param name="keepsAddedSpace">Whether the first token of a window, and a token at the start of the text, keeps a single leading space, because the
/// pre-tokenizer may have added it.</param>
internal sealed class OffsetTrim(bool keepsAddedSpace)
{
    /// <summary>Trims the offsets of the tokens of one window.</summary>
    /// <param name="text">The original text.</param>
    /// <param name="spaces">White space of each token.</param>
    /// <param name="offsets">In bytes of the text.</param>
    public void Apply(ReadOnlySpan<byte> text, ReadOnlySpan<Spaces> spaces, Span<TokenOffset> offsets)
    {
        for (int i = 0; i < offsets.Length; i++)
        {
            (int start, int end) = (offsets[i].Start, offsets[i].End);
            int leading = spaces[i].Leading;
            if (leading == 1 && keepsAddedSpace && (i == 0 || start == 0))
                leading = 0;
            start = Forward(text, start, end, leading);
            // If the text has fewer characters than there are spaces to trim, the end stays where it is.
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
