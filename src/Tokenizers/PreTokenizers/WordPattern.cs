namespace Thaw.Tokenizers.PreTokenizers;

/// <summary>A regular expression of which every part of a text is a match, run by hand. Immutable.</summary>
internal abstract class WordPattern
{
    /// <summary>Where the match ends that begins at <paramref name="at"/>.</summary>
    public abstract int MatchEnd(ReadOnlySpan<byte> text, int at, int end);

    /// <summary>The pattern that is written like this, or null if it is none of the known ones.</summary>
    public static WordPattern? Of(string regex) => regex switch
    {
        Gpt2Pattern.Regex => Gpt2Pattern.Instance,
        Gpt4Pattern.ThreeDigitsRegex => Gpt4Pattern.ThreeDigits,
        Gpt4Pattern.OneDigitRegex => Gpt4Pattern.OneDigit,
        _ => null,
    };

    /// <summary>
    /// <c>\s+(?!\S)|\s+</c> for white space from <paramref name="at"/> up to <paramref name="runEnd"/>: all of it at the text's end, else
    /// all but the last character, which the next match takes, unless it is the only one.
    /// </summary>
    protected static int WhiteSpaceEnd(int at, int last, int runEnd, int end) => runEnd == end || last == at ? runEnd : last;

    /// <summary>Where the white space at <paramref name="at"/> ends.</summary>
    /// <param name="last">Its last character.</param>
    protected static int WhiteSpaceRun(ReadOnlySpan<byte> text, int at, int end, out int last)
    {
        last = at;
        while (at < end && CharClasses.At(text, at, out int length) == CharClass.Space)
        {
            last = at;
            at += length;
        }

        return at;
    }
}
