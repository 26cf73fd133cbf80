using System.Numerics;
using System.Runtime.Intrinsics;
using Thaw.Tokenizers.Scratch;
using Thaw.Tokenizers.Unicode;

namespace Thaw.Tokenizers.PreTokenizers;

/// <summary>Splits at white space, which is removed, and makes each punctuation character a word of its own.</summary>
internal sealed class BertPreTokenizer : PreTokenizer
{
    public override bool IsLocal => true;

    public override void Split(Workspace work)
    {
        work.SpareWords.Clear();
        foreach (Word word in work.Words.Words)
        {
            if (word.IsToken)
                work.SpareWords.Add(word);
            else
                Split(work.Text.PaddedBytes, word.Start, word.End, work.SpareWords);
        }

        work.SwapWords();
    }

    private static void Split(ReadOnlySpan<byte> text, int start, int end, WordList words)
    {
        int at = start;
        while (at < end)
        {
            Vector128<byte> block = Vector128.Create(text[at..]);
            Vector128<byte> punctuation = IsPunctuation(block);
            Vector128<byte> beyond = Vector128.GreaterThanOrEqual(block, Vector128.Create((byte)0x80));
            uint punctuationBits = punctuation.ExtractMostSignificantBits();
            uint beyondBits = beyond.ExtractMostSignificantBits();
            uint bounds = (IsWhiteSpace(block) | punctuation | beyond).ExtractMostSignificantBits();
            if (end - at < Vector128<byte>.Count)
                bounds &= (1u << (end - at)) - 1;

            int next = at + Vector128<byte>.Count;
            for (; bounds != 0; bounds &= bounds - 1)
            {
                int bit = BitOperations.TrailingZeroCount(bounds);
                int bound = at + bit;
                if ((beyondBits >> bit & 1) != 0)
                {
                    start = SplitBeyondAscii(text, start, bound, end, words, out next);
                    break;
                }

                words.Add(start, bound);
                if ((punctuationBits >> bit & 1) != 0)
                    words.Add(bound, bound + 1);
                start = bound + 1;
            }

            at = next;
        }

        words.Add(start, end);
    }

    /// <summary>
    /// Continues from <paramref name="at"/> to the next ASCII character except space (the normalizer puts spaces around each ideograph), and
    /// returns where the current word begins.
    /// </summary>
    private static int SplitBeyondAscii(ReadOnlySpan<byte> text, int start, int at, int end, WordList words, out int next)
    {
        while (at < end && (text[at] >= 0x80 || text[at] == ' '))
        {
            if (text[at] == ' ')
            {
                words.Add(start, at);
                start = ++at;
                continue;
            }

            CharFlags flags = UnicodeTables.Flags(Utf8Text.Decode(text, at, out int length));
            if ((flags & (CharFlags.WhiteSpace | CharFlags.Punctuation)) != 0)
            {
                words.Add(start, at);
                start = at + length;
                if ((flags & CharFlags.Punctuation) != 0)
                    words.Add(at, start);
            }

            at += length;
        }

        next = at;
        return start;
    }

    private static Vector128<byte> IsWhiteSpace(Vector128<byte> text) =>
        Vector128.Equals(text, Vector128.Create((byte)' ')) | IsBetween(text, '\t', '\r');

    // All ASCII characters except letters, digits, space and control characters.
    private static Vector128<byte> IsPunctuation(Vector128<byte> text) =>
        IsBetween(text, '!', '/') | IsBetween(text, ':', '@') | IsBetween(text, '[', '`') | IsBetween(text, '{', '~');

    private static Vector128<byte> IsBetween(Vector128<byte> text, char first, char last) =>
        Vector128.LessThanOrEqual(text - Vector128.Create((byte)first), Vector128.Create((byte)(last - first)));
}
