using Thaw.Tokenizers.Models;
using Thaw.Tokenizers.Scratch;

namespace Thaw.Tokenizers.PreTokenizers;

/// <summary>
/// Splits by <see cref="Gpt2Pattern"/>. The reference then maps the text into the byte-level alphabet; here <see cref="BpeVocabulary"/> stores its
/// pieces as bytes instead.
/// </summary>
/// <param name="addPrefixSpace">Whether to put a space before each word that does not begin with one.</param>
/// <param name="useRegex">Whether to split at all.</param>
internal sealed class ByteLevelPreTokenizer(bool addPrefixSpace, bool useRegex) : PreTokenizer
{
    public override bool IsLocal => useRegex;

    public override void Split(Workspace work)
    {
        if (addPrefixSpace && NeedsSpaces(work))
            AddSpaces(work);
        if (useRegex)
            SplitByPattern(work);
    }

    private static void SplitByPattern(Workspace work)
    {
        work.SpareWords.Clear();
        ReadOnlySpan<byte> text = work.Text.Bytes;
        foreach (Word word in work.Words.Words)
        {
            if (word.IsToken)
            {
                work.SpareWords.Add(word);
                continue;
            }

            for (int at = word.Start; at < word.End;)
            {
                int end = Gpt2Pattern.Instance.MatchEnd(text, at, word.End);
                work.SpareWords.Add(at, end);
                at = end;
            }
        }

        work.SwapWords();
    }

    private static bool NeedsSpaces(Workspace work)
    {
        foreach (Word word in work.Words.Words)
        {
            if (NeedsSpace(work.Text, word))
                return true;
        }

        return false;
    }

    private static bool NeedsSpace(TextBuffer text, Word word) => !word.IsToken && text.Bytes[word.Start] != ' ';

    // An added space has the origin of the character after it.
    private static void AddSpaces(Workspace work)
    {
        TextBuffer from = work.Text;
        TextBuffer to = work.Spare;
        to.Clear(from.Tracks);
        work.SpareWords.Clear();
        foreach (Word word in work.Words.Words)
        {
            int start = to.Length;
            if (NeedsSpace(from, word))
                to.AppendAscii((byte)' ', from.OriginOf(word.Start, word.Start + 1));
            to.Append(from, word.Start, word.End);
            work.SpareWords.Add(new Word(start, to.Length, word.TokenId));
        }

        work.SwapText();
        work.SwapWords();
    }
}
