namespace Thaw.Tokenizers.PreTokenizers;

/// <summary>The pattern of GPT-4 and Llama 3, and that of Qwen 2, where each digit is a word.</summary>
internal sealed class Gpt4Pattern : WordPattern
{
    public const string ThreeDigitsRegex = Contractions + @"[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}" + Rest;
    public const string OneDigitRegex = Contractions + @"[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}" + Rest;

    private const string Contractions = "(?i:'s|'t|'re|'ve|'m|'ll|'d)|";
    private const string Rest = @"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    public static readonly Gpt4Pattern ThreeDigits = new(3);
    public static readonly Gpt4Pattern OneDigit = new(1);

    private readonly int _digits;

    private Gpt4Pattern(int digits) => _digits = digits;

    public override int MatchEnd(ReadOnlySpan<byte> text, int at, int end)
    {
        if (text[at] == '\'')
        {
            int contraction = ContractionLength(text[(at + 1)..end]);
            if (contraction > 0)
                return at + 1 + contraction;
        }

        CharClass kind = CharClasses.At(text, at, out int length);
        int next = at + length;
        if (kind == CharClass.Letter)
            return CharClasses.RunEnd(CharClass.Letter, text, next, end);
        if (kind == CharClass.Number)
            return NumberEnd(text, next, end);

        // One character that is not a line break joins the letters after it; a space joins characters of class Other.
        CharClass nextKind = next < end ? CharClasses.At(text, next, out _) : CharClass.Space;
        if (nextKind == CharClass.Letter && !IsLineBreak(text[at]))
            return CharClasses.RunEnd(CharClass.Letter, text, next, end);
        if (kind == CharClass.Other || (nextKind == CharClass.Other && text[at] == ' '))
            return LineBreaksEnd(text, CharClasses.RunEnd(CharClass.Other, text, next, end), end);

        int runEnd = WhiteSpaceRun(text, at, end, out int last);
        int lineBreak = text[at..runEnd].LastIndexOfAny((byte)'\r', (byte)'\n');
        return lineBreak >= 0 ? at + lineBreak + 1 : WhiteSpaceEnd(at, last, runEnd, end);
    }

    private int NumberEnd(ReadOnlySpan<byte> text, int at, int end)
    {
        for (int digits = 1; digits < _digits && at < end && CharClasses.At(text, at, out int length) == CharClass.Number; digits++)
            at += length;
        return at;
    }

    private static int LineBreaksEnd(ReadOnlySpan<byte> text, int at, int end)
    {
        while (at < end && IsLineBreak(text[at]))
            at++;
        return at;
    }

    private static bool IsLineBreak(byte value) => value is (byte)'\r' or (byte)'\n';

    // Ignores case. The long s, U+017F, is a case of s too.
    private static int ContractionLength(ReadOnlySpan<byte> rest)
    {
        if (rest.StartsWith("\u017F"u8))
            return 2;
        const int ToLower = 0x20;
        int first = rest.Length > 0 ? rest[0] | ToLower : 0;
        int second = rest.Length > 1 ? rest[1] | ToLower : 0;
        return (first, second) switch
        {
            ('s' or 't' or 'm' or 'd', _) => 1,
            ('r' or 'v', 'e') or ('l', 'l') => 2,
            _ => 0,
        };
    }
}
