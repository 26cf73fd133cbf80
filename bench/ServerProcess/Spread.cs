namespace Thaw.ServerProcess;

/// <summary>Where the middle of some samples lies, and how far they spread.</summary>
internal sealed record Spread(double Median, double LowerQuartile, double UpperQuartile, double Minimum, double Maximum, IReadOnlyList<double> Samples)
{
    /// <exception cref="ArgumentException">There are no samples, or one is not a number.</exception>
    public static Spread Of(IEnumerable<double> samples)
    {
        double[] taken = [.. samples];
        if (taken.Length == 0 || taken.Any(double.IsNaN)) throw new ArgumentException("A spread takes one number at least, and numbers only.");
        double[] sorted = [.. taken.Order()];
        return new Spread(Quantile(sorted, 0.5), Quantile(sorted, 0.25), Quantile(sorted, 0.75), sorted[0], sorted[^1], taken);
    }

    /// <summary>The value that <paramref name="share"/> of the samples, 0 to 1, lie below, interpolated between neighbours.</summary>
    public static double Quantile(IEnumerable<double> samples, double share) => Quantile([.. samples.Order()], share);

    private static double Quantile(double[] sorted, double share)
    {
        double place = share * (sorted.Length - 1);
        int below = (int)place;
        int above = Math.Min(below + 1, sorted.Length - 1);
        return sorted[below] + (place - below) * (sorted[above] - sorted[below]);
    }
}
