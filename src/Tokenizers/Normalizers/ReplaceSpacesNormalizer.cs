using Thaw.Tokenizers.Scratch;
using Thaw.Tokenizers.Unicode;

namespace Thaw.Tokenizers.Normalizers;

/// <summary>
/// Replaces each run of spaces, or of any white space: the regular expressions that published tokenizers use. The replacement has the
/// origin of the last character of the run.
/// </summary>
/// <param name="shortest">The fewest characters of a run that is replaced.</param>
internal sealed class ReplaceSpacesNormalizer(bool anyWhiteSpace, int shortest, byte[] content) : Normalizer
{
    public override bool IsLocal => content.AsSpan().StartsWith(" "u8);

    public override void Normalize(Workspace work)
    {
        TextBuffer from = work.Text;
        TextBuffer to = work.Spare;
        to.Clear(from.Tracks);
        int kept = 0;
        for (int at = 0; at < from.Length;)
        {
            int end = at;
            int count = 0;
            while (end < from.Length && IsSpace(Utf8Text.Decode(from.Bytes, end, out int length)))
            {
                end += length;
                count++;
            }

            if (count >= shortest)
            {
                to.Append(from, kept, at);
                to.Append(content, from.OriginOf(end - 1, end));
                kept = end;
            }

            at = NextSpace(from, end);
        }

        if (kept == 0)
            return;
        to.Append(from, kept, from.Length);
        work.SwapText();
    }

    private bool IsSpace(int scalar) => anyWhiteSpace ? UnicodeTables.IsWhiteSpace(scalar) : scalar == ' ';

    private int NextSpace(TextBuffer text, int at)
    {
        if (!anyWhiteSpace)
        {
            int space = text.Bytes[at..].IndexOf((byte)' ');
            return space < 0 ? text.Length : at + space;
        }

        while (at < text.Length && !UnicodeTables.IsWhiteSpace(Utf8Text.Decode(text.Bytes, at, out int length)))
            at += length;
        return at;
    }
}
