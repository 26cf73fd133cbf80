namespace Thaw.Tokenizers.Encodings;

/// <summary>Which of two texts is cut if they are too long together.</summary>
public enum TruncationStrategy
{
    /// <summary>The longer one until both are equally long, then both.</summary>
    LongestFirst,
    OnlyFirst,
    OnlySecond,
}
