using System.Text;

namespace Thaw.Reference.Corpora;

/// <summary>
/// Random texts that mix scripts, emoji, marks, controls, white space, long words and added tokens. The same seed and
/// tokens give the same texts. None has a lone surrogate.
/// </summary>
public sealed class RandomTexts
{
    private const int UsualLength = 80;
    private const int LongLength = 2000;

    private readonly Random _random;
    private readonly IReadOnlyList<string> _addedTokens;
    private readonly StringBuilder _text = new();

    private RandomTexts(int seed, IReadOnlyList<string> addedTokens)
    {
        _random = new Random(seed);
        _addedTokens = addedTokens;
    }

    /// <summary>Endless texts of up to about 80 characters; one in 500 has up to about 2,000.</summary>
    public static IEnumerable<string> Of(int seed, params IReadOnlyList<string> addedTokens)
    {
        var texts = new RandomTexts(seed, addedTokens);
        while (true)
            yield return texts.Next();
    }

    private string Next()
    {
        _text.Clear();
        int length = _random.Next(1 + (Chance(500) ? LongLength : UsualLength));
        // Half of the texts use few scripts, as real ones do, which gives words longer contexts.
        (int Low, int High)[] scripts = Chance(2) ? Scripts.All : [Pick(Scripts.All), Pick(Scripts.All)];
        while (_text.Length < length)
            AddPart(scripts);
        return _text.ToString();
    }

    private void AddPart((int Low, int High)[] scripts)
    {
        switch (_random.Next(20))
        {
            case < 4: _text.Append(Pick(Scripts.Words)).Append(Chance(2) ? " " : ""); break;
            case < 9: AddWord(Pick(scripts), Chance(200) ? 300 : 8); break;
            case < 12: AddWhiteSpace(); break;
            case 12: AddOne(Pick(scripts)); AddMarks(); break;
            case 13: AddWord(Pick(Scripts.Compatibility), 4); break;
            case 14: AddEmoji(); break;
            case 15: AddWord(Pick(Scripts.Numbers), 5); break;
            case 16: AddWord(Pick(Scripts.Punctuation), 3); break;
            case 17: AddOne(Pick(Scripts.Odd)); break;
            case 18: AddToken(); break;
            default: AddAny(); break;
        }
    }

    private void AddWord((int Low, int High) range, int longest)
    {
        for (int left = 1 + _random.Next(longest); left > 0; left--)
        {
            AddOne(range);
            if (Chance(40))
                AddMarks();
        }
    }

    // Mostly a plain space, so that words are seen whole.
    private void AddWhiteSpace()
    {
        if (!Chance(3))
            _text.Append(' ');
        else
            for (int left = 1 + _random.Next(3); left > 0; left--)
                _text.Append(Pick(Scripts.WhiteSpace));
    }

    // Picked regardless of their classes, so that many are not in canonical order.
    private void AddMarks()
    {
        for (int left = 1 + _random.Next(Chance(50) ? 40 : 4); left > 0; left--)
            AddOne(Pick(Scripts.Marks));
    }

    private void AddEmoji()
    {
        if (Chance(2))
            _text.Append(Pick(Scripts.EmojiSequences));
        else
        {
            AddOne(Pick(Scripts.Emoji));
            for (; Chance(3); AddOne(Pick(Scripts.Emoji)))
                _text.Append('\u200D');
            if (Chance(3))
                _text.Append(Chance(2) ? '\uFE0F' : '\uFE0E');
        }
    }

    private void AddToken()
    {
        if (_addedTokens.Count == 0)
            return;
        string token = Pick(_addedTokens);
        string shape = _random.Next(10) switch
        {
            0 => token.ToUpperInvariant(),
            1 => token.ToLowerInvariant(),
            2 => token[..^1],
            3 => $"  {token}\t",
            4 => $"x{token}y",
            5 => token + token,
            _ => token,
        };
        _text.Append(shape.Length == 0 || char.IsHighSurrogate(shape[^1]) ? token : shape);
    }

    private void AddAny()
    {
        int value = Chance(3) ? _random.Next(0x110000) : _random.Next(0x30000);
        if (Rune.IsValid(value))
            _text.Append(new Rune(value));
    }

    private void AddOne((int Low, int High) range) => _text.Append(new Rune(_random.Next(range.Low, range.High + 1)));

    private bool Chance(int one) => _random.Next(one) == 0;

    private T Pick<T>(IReadOnlyList<T> list) => list[_random.Next(list.Count)];
}
