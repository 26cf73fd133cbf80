using Thaw.Tokenizers.Scratch;
using Thaw.Tokenizers.Unicode;

namespace Thaw.Tokenizers.PreTokenizers;

/// <summary>Splits at every character of one kind: WhitespaceSplit, Digits, Punctuation and CharDelimiterSplit.</summary>
internal sealed class CharacterSplit(CharacterKind kind, SplitBehavior behavior, int delimiter = 0) : SplittingPreTokenizer(behavior, invert: false)
{
    public override bool IsLocal => kind == CharacterKind.WhiteSpace;

    protected override void FindMatches(ReadOnlySpan<byte> text, int start, int end, ref WordSplitter splitter)
    {
        int length;
        for (int at = start; at < end; at += length)
        {
            if (IsMatch(Utf8Text.Decode(text, at, out length)))
                splitter.AddMatch(at, at + length);
        }
    }

    private bool IsMatch(int scalar) => kind switch
    {
        CharacterKind.WhiteSpace => UnicodeTables.IsWhiteSpace(scalar),
        CharacterKind.Number => UnicodeTables.IsNumeric(scalar),
        CharacterKind.Punctuation => (UnicodeTables.Flags(scalar) & CharFlags.Punctuation) != 0,
        _ => scalar == delimiter,
    };
}
