using System.Text;
using Thaw.Tokenizers;

namespace Thaw.UnitTests.Tokenizers;

internal static class Encoded
{
    /// <summary>Ids of a text with its special tokens.</summary>
    public static int[] Ids(this Tokenizer tokenizer, string text, int length = 4096) =>
        tokenizer.Ids(Encoding.UTF8.GetBytes(text), length);

    public static int[] Ids(this Tokenizer tokenizer, ReadOnlySpan<byte> utf8, int length = 4096)
    {
        var ids = new int[length];
        return ids[..tokenizer.Encode(utf8, ids, out _)];
    }

    /// <summary>Pieces of a text without special tokens, for tokenizers over <see cref="TokenizerDirectory.Pieces"/>.</summary>
    public static string Tokens(this Tokenizer tokenizer, string text)
    {
        int[] ids = tokenizer.Ids(text);
        return string.Join(' ', ids[1..^1].Select(id => id < TokenizerDirectory.Pieces.Length ? TokenizerDirectory.Pieces[id] : $"#{id}"));
    }
}
