using Thaw.Harness.Measuring;

namespace Thaw.ColdLoad.Cold;

/// <summary>The samples of one way. Times in milliseconds; memory in bytes, what the model added to the process.</summary>
/// <param name="Library">Version of ONNX Runtime. For the server it is that of the plain way, which uses the same file.</param>
/// <param name="Together">Load and first answer.</param>
/// <param name="Private">Memory that only swapping can take back.</param>
/// <param name="PrivateFurther">The same for a second model in the process.</param>
/// <param name="Mapped">Pages of the model's files and of its files in the cache.</param>
/// <param name="Warm">Medians, one for each process; null if not measured.</param>
/// <param name="Promoted">As <paramref name="Warm"/>, after the promotion.</param>
/// <param name="Speedup">The plain way's median of <paramref name="Together"/> divided by this way's.</param>
internal sealed record ColdRow(
    string Way, string Library, Spread Together, Spread Load, Spread First, Spread Private, Spread? PrivateFurther, Spread Mapped,
    Spread? Warm, Spread? Promoted, Spread? PrivatePromoted, Spread? MappedPromoted, double Speedup)
{
    /// <param name="plain">Samples of the plain way.</param>
    public static ColdRow Of(string way, IReadOnlyList<ColdSample> samples, IReadOnlyList<ColdSample> plain)
    {
        Spread together = Spread.Of(samples.Select(sample => sample.Together));
        return new ColdRow(
            way,
            samples[0].Library ?? plain[0].Library!,
            together,
            Spread.Of(samples.Select(sample => sample.Load)),
            Spread.Of(samples.Select(sample => sample.First)),
            Spread.Of(samples.Select(sample => (double)sample.Added.Private)),
            OfSome(samples.Select(sample => (double?)sample.AddedByAnother?.Private)),
            Spread.Of(samples.Select(sample => (double)sample.Added.Model)),
            OfSome(samples.Select(sample => sample.Warm)),
            OfSome(samples.Select(sample => sample.Promoted)),
            OfSome(samples.Select(sample => (double?)sample.AddedPromoted?.Private)),
            OfSome(samples.Select(sample => (double?)sample.AddedPromoted?.Model)),
            Spread.Of(plain.Select(sample => sample.Together)).Median / together.Median);
    }

    /// <summary>Some processes may lack a sample: a server may finish its promotion before an answer was timed.</summary>
    private static Spread? OfSome(IEnumerable<double?> samples)
    {
        double[] taken = [.. samples.OfType<double>()];
        return taken.Length == 0 ? null : Spread.Of(taken);
    }
}
