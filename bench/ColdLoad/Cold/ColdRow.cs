using Thaw.Harness.Measuring;

namespace Thaw.ColdLoad.Cold;

/// <summary>The samples of one way. Times in milliseconds; memory in bytes, what the model added to the process.</summary>
/// <param name="Library">Version of ONNX Runtime. For the server it is that of the plain way, which uses the same file.</param>
/// <param name="Together">Load and first answer.</param>
/// <param name="Private">Memory that only swapping can take back.</param>
/// <param name="Mapped">Pages of the model's files and of its files in the cache.</param>
/// <param name="PageTables">The kernel's tables of both.</param>
/// <param name="Warm">Medians, one for each process; null if not measured.</param>
/// <param name="Promoted">As <paramref name="Warm"/>, after the promotion.</param>
/// <param name="PrivatePromoted">As <paramref name="Private"/>, after warm answers and the promotion.</param>
/// <param name="Speedup">The plain way's median of <paramref name="Together"/> divided by this way's.</param>
internal sealed record ColdRow(
    string Way, string Library, Spread Together, Spread Load, Spread First, Spread Private, Spread Mapped, Spread PageTables,
    Spread? Warm, Spread? Promoted, Spread? PrivatePromoted, Spread? MappedPromoted, Spread? PageTablesPromoted, double Speedup)
{
    /// <summary>Load and first answer as a multiple of a warm answer, after the promotion if there was one; null if not measured.</summary>
    public double? TimesWarm { get; private init; }

    /// <summary>The same for another model of the architecture, in a process that has the first.</summary>
    public ColdRow? Second { get; private init; }

    /// <summary>The same in a process that has 99; compared with the plain way's second.</summary>
    public ColdRow? Hundredth { get; private init; }

    /// <param name="plain">Samples of the plain way.</param>
    public static ColdRow Of(string way, IReadOnlyList<ColdSample> samples, IReadOnlyList<ColdSample> plain)
    {
        ColdRow row = OfModel(way, samples, plain);
        Spread? warm = row.Promoted ?? row.Warm;
        ColdSample[] plainSecond = Some(plain.Select(sample => sample.Second));
        return With(row) with
        {
            Second = Further(samples.Select(sample => sample.Second)),
            Hundredth = Further(samples.Select(sample => sample.Hundredth)),
        };

        ColdRow With(ColdRow cold) => cold with { TimesWarm = cold.Together.Median / warm?.Median };

        ColdRow? Further(IEnumerable<ColdSample?> further) => Some(further) is [_, ..] taken ? With(OfModel(way, taken, plainSecond)) : null;
    }

    private static ColdRow OfModel(string way, IReadOnlyList<ColdSample> samples, IReadOnlyList<ColdSample> plain)
    {
        Spread together = Spread.Of(samples.Select(sample => sample.Together));
        return new ColdRow(
            way,
            samples[0].Library ?? plain[0].Library!,
            together,
            Spread.Of(samples.Select(sample => sample.Load)),
            Spread.Of(samples.Select(sample => sample.First)),
            Spread.Of(samples.Select(sample => (double)sample.Added.Private)),
            Spread.Of(samples.Select(sample => (double)sample.Added.Model)),
            Spread.Of(samples.Select(sample => (double)sample.Added.PageTables)),
            OfSome(samples.Select(sample => sample.Warm)),
            OfSome(samples.Select(sample => sample.Promoted)),
            OfSome(samples.Select(sample => (double?)sample.AddedPromoted?.Private)),
            OfSome(samples.Select(sample => (double?)sample.AddedPromoted?.Model)),
            OfSome(samples.Select(sample => (double?)sample.AddedPromoted?.PageTables)),
            Spread.Of(plain.Select(sample => sample.Together)).Median / together.Median);
    }

    private static ColdSample[] Some(IEnumerable<ColdSample?> samples) => [.. samples.OfType<ColdSample>()];

    /// <summary>Some processes may lack a sample: a server may finish its promotion before an answer was timed.</summary>
    private static Spread? OfSome(IEnumerable<double?> samples)
    {
        double[] taken = [.. samples.OfType<double>()];
        return taken.Length == 0 ? null : Spread.Of(taken);
    }
}
