using Thaw.Inference.Architectures;

namespace Thaw.Shapes;

/// <summary>Runs of one shape in both sessions of an architecture; medians in milliseconds.</summary>
/// <param name="Hidden">Size of the layers.</param>
/// <param name="Threads">Threads of ONNX Runtime that work on a run together.</param>
/// <param name="Rows">Number of texts.</param>
/// <param name="Columns">Tokens of each.</param>
internal sealed record ShapeTime(int Hidden, int Threads, int Rows, int Columns, double Straight, double Turned)
{
    /// <summary>Below 1 where the turned session is faster.</summary>
    public double Ratio => Turned / Straight;

    /// <summary>What <see cref="RunShape"/> chooses.</summary>
    public bool ChoosesTurned => RunShape.FavorsTurned(Rows, Columns);

    /// <summary>How much longer the chosen session takes than the better one, as a share of the better one's time.</summary>
    public double Loss => LossOf(ChoosesTurned);

    public double LossOf(bool turned) => ((turned ? Turned : Straight) / Math.Min(Straight, Turned)) - 1;
}
