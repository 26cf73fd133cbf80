namespace Thaw.UnitTests.Architecture;

/// <summary>
/// C# with its comments and literals blanked out. The code in the holes of interpolated strings stays, and every line stays where it is.
/// </summary>
internal sealed class CodeText
{
    private readonly string _source;
    private readonly char[] _code;
    private int _at;

    private CodeText(string source)
    {
        _source = source;
        _code = source.ToCharArray();
    }

    public static string Of(string source)
    {
        var text = new CodeText(source);
        text.ReadCode();
        return new string(text._code);
    }

    /// <summary>Reads to the end of the source, or to the brace that ends a hole.</summary>
    private void ReadCode()
    {
        for (int depth = 0; _at < _source.Length;)
        {
            if (StartsWith("//")) BlankTo(_source.IndexOf('\n', _at), 0);
            else if (StartsWith("/*")) BlankTo(_source.IndexOf("*/", _at, StringComparison.Ordinal), 2);
            else if (_source[_at] == '\'') ReadCharacter();
            else if (StringPrefix() is { } prefix) ReadString(prefix);
            else if (_source[_at] == '}' && depth-- == 0) return;
            else if (_source[_at++] == '{') depth++;
        }
    }

    private void ReadCharacter()
    {
        int end = _at + 1;
        while (end < _source.Length && _source[end] != '\'') end += _source[end] == '\\' ? 2 : 1;
        BlankTo(end, 1);
    }

    /// <summary>The part before the first quote of a string that begins here, such as <c>$@</c>; null if none begins here.</summary>
    private string? StringPrefix()
    {
        int end = _at;
        while (end < _source.Length && _source[end] is '$' or '@') end++;
        return end < _source.Length && _source[end] == '"' ? _source[_at..end] : null;
    }

    private void ReadString(string prefix)
    {
        Blank(prefix.Length);
        int dollars = prefix.Count(sign => sign == '$');
        bool verbatim = prefix.Contains('@');
        int quotes = verbatim ? 1 : CountOf('"');
        if (quotes == 2)
        {
            Blank(2);
            return;
        }

        Blank(quotes);
        while (_at < _source.Length)
        {
            bool raw = quotes > 2;
            if (_source[_at] == '"' && CountOf('"') >= quotes)
            {
                bool escaped = verbatim && CountOf('"') > 1;
                Blank(escaped ? 2 : quotes);
                if (!escaped) return;
            }
            else if (_source[_at] == '\\' && !raw && !verbatim) Blank(2);
            else if (_source[_at] == '{' && dollars > 0) ReadBrace(dollars, raw);
            else Blank(1);
        }
    }

    private void ReadBrace(int dollars, bool raw)
    {
        int braces = CountOf('{');
        // In a raw string the innermost open the hole; elsewhere two stand for one brace of the text.
        bool hole = raw ? braces >= dollars : braces % 2 == 1;
        Blank(braces);
        if (!hole) return;
        ReadCode();
        Blank(Math.Min(dollars, CountOf('}')));
    }

    private bool StartsWith(string text) => string.CompareOrdinal(_source, _at, text, 0, text.Length) == 0;

    private int CountOf(char sign)
    {
        int end = _at;
        while (end < _source.Length && _source[end] == sign) end++;
        return end - _at;
    }

    private void BlankTo(int end, int more) => Blank(end < 0 ? _source.Length - _at : end + more - _at);

    private void Blank(int length)
    {
        for (int end = Math.Min(_at + length, _source.Length); _at < end; _at++)
        {
            if (_code[_at] != '\n') _code[_at] = ' ';
        }
    }
}
