namespace Thaw.Tokenizers.PreTokenizers;

/// <summary>A regular expression whose matches cover every text without gaps, implemented by hand. Immutable.</summary>
internal abstract class WordPattern
{
    /// <summary>Where the match that begins at <paramref name="at"/> ends.</summary>
    public abstract int MatchEnd(ReadOnlySpan<byte> text, int at, int end);

    /// <summary>The pattern for a regular expression; null if it is not one of the known ones.</summary>
    public static WordPattern? Of(string regex) => regex switch
    {
        Gpt2Pattern.Regex => Gpt2Pattern.Instance,
        Gpt4Pattern.ThreeDigitsRegex => Gpt4Pattern.ThreeDigits,
        Gpt4Pattern.OneDigitRegex => Gpt4Pattern.OneDigit,
        _ => null,
    };

    /// <summary>
    /// The match of <c>\s+(?!\S)|\s+</c> for white space from <paramref name="at"/> to <paramref name="runEnd"/>: all of it at the end of the text,
    /// otherwise all except the last character (which belongs to the next match), unless it is the only one.
    /// </summary>
    protected static int WhiteSpaceEnd(int at, int last, int runEnd, int end) => runEnd == end || last == at ? runEnd : last;

    /// <summary>Where the white space at <paramref name="at"/> ends.</summary>
    /// <param name="last">Where its last character begins.</param>
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
