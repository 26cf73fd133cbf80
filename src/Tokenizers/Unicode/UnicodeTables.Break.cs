namespace Thaw.Tokenizers.Unicode;

/// <summary>Grapheme cluster classes of Unicode 17.0.</summary>
internal static partial class UnicodeTables
{
    public static GraphemeBreakClass BreakClass(int scalar)
    {
        if ((uint)(scalar - HangulBase) < HangulCount)
            return (scalar - HangulBase) % TailCount == 0 ? GraphemeBreakClass.HangulOpen : GraphemeBreakClass.HangulClosed;
        if (scalar >= FoldStart)
            scalar = Fold(scalar);
        return (GraphemeBreakClass)BreakValues[Place(BreakBlocks[scalar >> BreakBits], scalar, BreakBits)];
    }
}
