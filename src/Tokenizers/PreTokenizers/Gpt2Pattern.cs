namespace Thaw.Tokenizers.PreTokenizers;

/// <summary>The pattern of GPT-2 and RoBERTa, by which ByteLevel splits.</summary>
internal sealed class Gpt2Pattern : WordPattern
{
    public const string Regex = @"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+";

    public static readonly Gpt2Pattern Instance = new();

    public override int MatchEnd(ReadOnlySpan<byte> text, int at, int end)
    {
        if (text[at] == '\'')
        {
            int contraction = ContractionLength(text[(at + 1)..end]);
            if (contraction > 0)
                return at + 1 + contraction;
        }

        int first = text[at] == ' ' && at + 1 < end ? at + 1 : at;
        CharClass kind = CharClasses.At(text, first, out int length);
        if (kind != CharClass.Space)
            return CharClasses.RunEnd(kind, text, first + length, end);
        int runEnd = WhiteSpaceRun(text, at, end, out int last);
        return WhiteSpaceEnd(at, last, runEnd, end);
    }

    private static int ContractionLength(ReadOnlySpan<byte> rest) => rest switch
    {
        [(byte)'s' or (byte)'t' or (byte)'m' or (byte)'d', ..] => 1,
        [(byte)'r' or (byte)'v', (byte)'e', ..] or [(byte)'l', (byte)'l', ..] => 2,
        _ => 0,
    };
}
