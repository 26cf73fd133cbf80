using Thaw.Tokenizers.Scratch;

namespace Thaw.Tokenizers.PreTokenizers;

/// <summary>Replaces spaces by a visible character, at which words begin.</summary>
internal sealed class MetaspacePreTokenizer(byte[] replacement, PrependScheme scheme, bool split) : PreTokenizer
{
    // Each part after the first begins with a space.
    public override bool IsLocal => split;

    public override bool NeedsOrigins => scheme == PrependScheme.First;

    public override void Split(Workspace work)
    {
        TextBuffer from = work.Text;
        TextBuffer to = work.Spare;
        to.Clear(from.Tracks);
        work.SpareWords.Clear();
        foreach (Word word in work.Words.Words)
        {
            int start = to.Length;
            if (word.IsToken)
            {
                to.Append(from, word.Start, word.End);
                work.SpareWords.Add(new Word(start, to.Length, word.TokenId));
            }
            else
                Append(from, word, to, work.SpareWords);
        }

        work.SwapText();
        work.SwapWords();
    }

    private void Append(TextBuffer from, Word word, TextBuffer to, WordList words)
    {
        ReadOnlySpan<byte> text = from.Bytes[..word.End];
        int start = to.Length;
        if (IsPrefixed(from, word))
            to.Append(replacement, from.OriginOf(word.Start, word.Start + 1));
        for (int at = word.Start; at < word.End;)
        {
            bool isSpace = text[at] == ' ';
            if (isSpace || text[at..].StartsWith(replacement))
            {
                if (split)
                {
                    words.Add(start, to.Length);
                    start = to.Length;
                }

                int length = isSpace ? 1 : replacement.Length;
                to.Append(replacement, from.OriginOf(at, at + length));
                at += length;
            }

            int end = NextBound(text, at);
            to.Append(from, at, end);
            at = end;
        }

        words.Add(start, to.Length);
    }

    private bool IsPrefixed(TextBuffer text, Word word) =>
        scheme != PrependScheme.Never && text.Bytes[word.Start] != ' ' && !text.Bytes[word.Start..word.End].StartsWith(replacement)
            && (scheme == PrependScheme.Always || (text.Tracks && text.Origins[word.Start].Start == 0));

    private int NextBound(ReadOnlySpan<byte> text, int at)
    {
        while (true)
        {
            int found = text[at..].IndexOfAny((byte)' ', replacement[0]);
            if (found < 0)
                return text.Length;
            at += found;
            if (text[at] == ' ' || text[at..].StartsWith(replacement))
                return at;
            at++;
        }
    }
}
