namespace Thaw.Reference;

/// <summary>How the reference cuts texts that are too long.</summary>
/// <param name="MaxLength">Tokens, special ones included.</param>
/// <param name="Stride">How many tokens a window repeats from the one before.</param>
public sealed record Truncation(
    int MaxLength, TruncationStrategy Strategy = TruncationStrategy.LongestFirst, int Stride = 0, TruncationDirection Direction = TruncationDirection.Right);

public enum TruncationDirection
{
    Right,
    Left,
}
