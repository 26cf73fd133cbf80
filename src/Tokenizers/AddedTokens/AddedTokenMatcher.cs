using System.Buffers;

namespace Thaw.Tokenizers.AddedTokens;

/// <summary>Finds added tokens: the leftmost, and the longest if several begin there.</summary>
internal sealed class AddedTokenMatcher
{
    private readonly (byte[] Text, AddedToken Token)[] _sorted;
    private readonly SearchValues<byte> _firstBytes;

    public AddedTokenMatcher(IEnumerable<(byte[] Text, AddedToken Token)> tokens)
    {
        // Different contents may have the same text once normalized; then the first token counts.
        _sorted = [.. tokens.Where(entry => entry.Text.Length > 0)
            .DistinctBy(entry => Convert.ToHexString(entry.Text))
            .OrderBy(entry => entry.Text, Comparer<byte[]>.Create((x, y) => x.AsSpan().SequenceCompareTo(y)))];
        _firstBytes = SearchValues.Create([.. _sorted.Select(entry => entry.Text[0]).Distinct()]);
    }

    public bool IsEmpty => _sorted.Length == 0;

    /// <summary>Next match at or after <paramref name="from"/>, by text alone: the caller checks word bounds and white space.</summary>
    public AddedToken? Find(ReadOnlySpan<byte> text, int from, out int start, out int end)
    {
        for (start = from; start < text.Length; start++)
        {
            int next = text[start..].IndexOfAny(_firstBytes);
            if (next < 0)
                break;
            start += next;
            AddedToken? token = LongestAt(text[start..], out int length);
            if (token is not null)
            {
                end = start + length;
                return token;
            }
        }

        start = end = text.Length;
        return null;
    }

    // In sorted order, tokens that share the first d bytes of the text are adjacent; each further byte narrows the range.
    private AddedToken? LongestAt(ReadOnlySpan<byte> text, out int length)
    {
        AddedToken? longest = null;
        length = 0;
        int low = 0;
        int high = _sorted.Length;
        for (int depth = 0; depth < text.Length && low < high; depth++)
        {
            int value = text[depth];
            low = FirstAtLeast(low, high, depth, value);
            high = FirstAtLeast(low, high, depth, value + 1);
            if (low < high && _sorted[low].Text.Length == depth + 1)
            {
                longest = _sorted[low].Token;
                length = depth + 1;
            }
        }

        return longest;
    }

    private int FirstAtLeast(int low, int high, int depth, int value)
    {
        while (low < high)
        {
            int middle = (low + high) >>> 1;
            byte[] text = _sorted[middle].Text;
            int found = depth < text.Length ? text[depth] : -1;
            if (found < value)
                low = middle + 1;
            else
                high = middle;
        }

        return low;
    }
}
