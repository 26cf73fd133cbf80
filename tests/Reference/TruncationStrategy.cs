namespace Thaw.Reference;

public enum TruncationStrategy
{
    LongestFirst,
    OnlyFirst,
    OnlySecond,
}
