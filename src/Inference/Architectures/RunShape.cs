namespace Thaw.Inference.Architectures;

/// <summary>Which of an architecture's graphs is faster for a run.</summary>
internal static class RunShape
{
    // In tokens of one text, padded.
    private const int MostTurned = 64;

    /// <summary>Whether a run's products should be turned around: that packs the activations, which is cheaper than packing the weights as long as
    /// they are few.</summary>
    /// <param name="rows">Number of texts.</param>
    /// <param name="columns">Tokens of each, padded.</param>
    public static bool FavorsTurned(int rows, int columns) => columns <= MostTurned;
}
