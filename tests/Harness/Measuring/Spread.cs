namespace Thaw.Harness.Measuring;

/// <summary>The median of some samples, and how far they spread.</summary>
public sealed record Spread(double Median, double LowerQuartile, double UpperQuartile, double Minimum, double Maximum, int Samples)
{
    /// <exception cref="ArgumentException">There are no samples, or one is not a number.</exception>
    public static Spread Of(IEnumerable<double> samples)
    {
        double[] sorted = Sort(samples);
        return new Spread(Quantile(sorted, 0.5), Quantile(sorted, 0.25), Quantile(sorted, 0.75), sorted[0], sorted[^1], sorted.Length);
    }

    /// <summary>The value below which <paramref name="share"/> of the samples lie, 0 to 1, interpolated between neighbours.</summary>
    /// <exception cref="ArgumentException">As in <see cref="Of"/>.</exception>
    public static double Quantile(IEnumerable<double> samples, double share) => Quantile(Sort(samples), share);

    private static double[] Sort(IEnumerable<double> samples)
    {
        double[] sorted = [.. samples.Order()];
        if (sorted.Length == 0 || sorted.Any(double.IsNaN)) throw new ArgumentException("A spread needs at least one sample, and no sample may be NaN.");
        return sorted;
    }

    private static double Quantile(double[] sorted, double share)
    {
        double place = share * (sorted.Length - 1);
        int below = (int)place;
        int above = Math.Min(below + 1, sorted.Length - 1);
        return sorted[below] + (place - below) * (sorted[above] - sorted[below]);
    }
}
