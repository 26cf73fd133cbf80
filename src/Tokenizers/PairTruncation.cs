using Thaw.Tokenizers.Encodings;

namespace Thaw.Tokenizers;

/// <summary>How the available length is divided between two texts, as in the reference's truncate_encodings.</summary>
internal static class PairTruncation
{
    /// <summary>The number of tokens that each text keeps; null if the text that may be cut is too short.</summary>
    public static (int First, int Second)? Share(TruncationStrategy strategy, int room, int first, int second)
    {
        long excess = (long)first + second - room;
        return strategy switch
        {
            _ when excess <= 0 => (first, second),
            TruncationStrategy.LongestFirst => Share(room, first, second),
            // If there is no room at all, both become empty, whatever the strategy.
            _ when room == 0 => (0, 0),
            TruncationStrategy.OnlyFirst when first > excess => ((int)(first - excess), second),
            TruncationStrategy.OnlySecond when second > excess => (first, (int)(second - excess)),
            _ => null,
        };
    }

    /// <summary>
    /// longest_first. If both texts exceed half of an odd room, the longer one gets the odd token; if they are equally long, the
    /// second one does.
    /// </summary>
    public static (int First, int Second) Share(int room, int first, int second)
    {
        if ((long)first + second <= room)
            return (first, second);
        int half = room / 2;
        if (first <= half)
            return (first, room - first);
        if (second <= half)
            return (room - second, second);
        int firstRoom = first > second ? room - half : half;
        return (firstRoom, room - firstRoom);
    }
}
