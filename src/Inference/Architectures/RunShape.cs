namespace Thaw.Inference.Architectures;

/// <summary>Which of an architecture's graphs is faster for a run.</summary>
internal static class RunShape
{
    /// <summary>A model's first run has this shape, probably: its session is made with the load.</summary>
    public const int FirstRows = 1, FirstColumns = 32;

    // The matrix kernels compute whole panels of so many columns.
    private const int PanelColumns = 16;

    // What packing the weights costs, in columns of a turned product; and how many padded tokens cost as much in transposing results back. Both are
    // fitted to bench/Shapes: layers of 128 to 768, 8 to 512 tokens, batches of 1 to 32, on one and two cores.
    private const int PackingColumns = 12;
    private const int TokensPerColumn = 20;

    /// <summary>Whether a run's products should be turned around: that packs the activations instead of the weights, and is faster as long as they are
    /// few and fill their panels.</summary>
    /// <param name="rows">Number of texts.</param>
    /// <param name="columns">Tokens of each, padded.</param>
    public static bool FavorsTurned(int rows, int columns)
    {
        int empty = ((columns + PanelColumns - 1) / PanelColumns * PanelColumns) - columns;
        return ((long)rows * empty) + ((long)rows * columns / TokensPerColumn) < PackingColumns;
    }
}
