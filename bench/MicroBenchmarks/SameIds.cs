using System.Text;
using Thaw.Tokenizers;

namespace Thaw.MicroBenchmarks;

/// <summary>Checks that the baseline does the same work: only tokenizers with equal ids can be compared.</summary>
internal static class SameIds
{
    /// <exception cref="InvalidOperationException">The ids differ, or the text has no tokens.</exception>
    public static void Check(Tokenizer tokenizer, PlainWordPiece plain, byte[] utf8, int length)
    {
        int[] ids = new int[length];
        int[] plainIds = new int[length];
        int count = tokenizer.Encode(utf8, ids, out _);
        int plainCount = plain.Encode(Encoding.UTF8.GetString(utf8), plainIds);
        int same = ids.AsSpan(0, count).CommonPrefixLength(plainIds.AsSpan(0, plainCount));
        if (same < count || same < plainCount)
        {
            throw new InvalidOperationException(
                $"The ids differ at token {same}: {ids[same]} from the tokenizer, {plainIds[same]} from the plain implementation.");
        }

        if (count <= tokenizer.SpecialTokensForOne)
            throw new InvalidOperationException("The text has no tokens.");
    }
}
