namespace Thaw.Tokenizers;

/// <summary>White space parts words and is left out.</summary>
internal sealed class WhitespaceSplitPreTokenizer : PreTokenizer
{
    public override bool IsLocal => true;

    public override void Split(Workspace work)
    {
        work.SpareWords.Clear();
        foreach (Word word in work.Words.Words)
        {
            if (word.IsToken)
            {
                work.SpareWords.Add(word);
                continue;
            }

            int start = word.Start;
            for (int at = start; at < word.End;)
            {
                bool parts = UnicodeTables.IsWhiteSpace(Utf8Text.Decode(work.Text.Bytes, at, out int length));
                if (parts)
                {
                    work.SpareWords.Add(start, at);
                    start = at + length;
                }

                at += length;
            }

            work.SpareWords.Add(start, word.End);
        }

        work.SwapWords();
    }
}
