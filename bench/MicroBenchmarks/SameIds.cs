using System.Text;
using Thaw.Tokenizers;

namespace Thaw.MicroBenchmarks;

/// <summary>Only what gives the same ids can be compared.</summary>
internal static class SameIds
{
    /// <exception cref="InvalidOperationException">The ids differ, or the text has hardly any.</exception>
    public static void Check(Tokenizer tokenizer, PlainWordPiece plain, byte[] utf8, int length)
    {
        int[] ids = new int[length];
        int[] plainIds = new int[length];
        int count = tokenizer.Encode(utf8, ids, out _);
        int plainCount = plain.Encode(Encoding.UTF8.GetString(utf8), plainIds);
        int same = ids.AsSpan(0, count).CommonPrefixLength(plainIds.AsSpan(0, plainCount));
        if (same < count || same < plainCount)
            throw new InvalidOperationException($"Token {same} is {ids[same]} for the tokenizer and {plainIds[same]} for the plain implementation.");
        if (count <= tokenizer.SpecialTokensForOne)
            throw new InvalidOperationException("The text has no tokens.");
    }
}
