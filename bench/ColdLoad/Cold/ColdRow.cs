using Thaw.Harness.Measuring;

namespace Thaw.ColdLoad.Cold;

/// <summary>One way's samples. Times in milliseconds, memory in bytes that the model added to the process.</summary>
/// <param name="Library">Version of ONNX Runtime; of the server's ways it is that of the plain way, which uses the same file.</param>
/// <param name="Together">Load and first answer.</param>
/// <param name="Private">Memory that only swapping could take back.</param>
/// <param name="PrivateFurther">The same, of a second model in the process.</param>
/// <param name="Mapped">Pages of the model's files, and of what was cached for it.</param>
/// <param name="Warm">Each sample is the median of one process; null where it was not taken.</param>
/// <param name="Promoted">As <paramref name="Warm"/>, behind the promotion to packed weights.</param>
/// <param name="Speedup">The plain way's median of <paramref name="Together"/> over this one's; 1 for itself.</param>
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

    /// <summary>Samples of some processes only, as a server may finish its promotion before an answer could be timed.</summary>
    private static Spread? OfSome(IEnumerable<double?> samples)
    {
        double[] taken = [.. samples.OfType<double>()];
        return taken.Length == 0 ? null : Spread.Of(taken);
    }
}
