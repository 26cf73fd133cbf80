using System.Globalization;
using Thaw.Inference.Preparing;

namespace Thaw.Server.Commands;

/// <summary>What <c>thaw prepare</c> prints at the end.</summary>
internal static class PrepareTable
{
    public static void Write(TextWriter writer, PreparationReport report)
    {
        if (report.Gain is { } gain)
        {
            string nodes = Invariant($"{report.Fusion.NodesBefore:N0} nodes became {report.Fusion.NodesAfter:N0}");
            writer.WriteLine(Invariant($"{nodes}; {report.TransposedWeights} weights are stored transposed."));
            string batches = Invariant($"{gain.Batches} random batches of up to {gain.LongestText} tokens");
            writer.WriteLine(Invariant($"The answers to {batches} differ by at most {gain.Difference:0.0e+0}; {gain.Tolerance:0.0e+0} is allowed."));
            writer.WriteLine();
            Row(writer, "", "original in ONNX Runtime", "prepared", "");
            Row(writer, "load", Time(gain.Before.Load), Time(gain.After.Load), Ratio(gain.Before.Load / gain.After.Load));
            Row(writer, "first run", Time(gain.Before.FirstRun), Time(gain.After.FirstRun), Ratio(gain.Before.FirstRun / gain.After.FirstRun));
            Row(writer, "both", Time(Both(gain.Before)), Time(Both(gain.After)), Ratio(Both(gain.Before) / Both(gain.After)));
            Row(writer, "warm run", Time(gain.Before.WarmRun), Time(gain.After.WarmRun), Ratio(gain.Before.WarmRun / gain.After.WarmRun));
            Row(writer, "private memory", Size(gain.Before.PrivateBytes), Size(gain.After.PrivateBytes), "");
            Row(writer, "disk", Size(gain.DiskBefore), Size(gain.DiskAfter), "");
            writer.WriteLine();
        }
        else
        {
            writer.WriteLine("The model is already prepared; nothing was changed.");
        }

        if (report.Unserved is { } reason)
        {
            writer.WriteLine($"This server does not load it: {reason}");
            return;
        }

        string variant = report.Variant is null ? "" : $",\"variant\":\"{report.Variant}\"";
        string load = $"{{\"model_name\":\"mine\",\"url\":\"{report.Directory}\"{variant}}}";
        writer.WriteLine($"Load it: curl localhost:8080/models -H 'Content-Type: application/json' -d '{load}'");
    }

    private static TimeSpan Both(TrialTimes times) => times.Load + times.FirstRun;

    private static void Row(TextWriter writer, string name, string before, string after, string ratio) =>
        writer.WriteLine($"{name,-16}{before,24}{after,14}{ratio,20}".TrimEnd());

    private static string Time(TimeSpan time) => Invariant($"{time.TotalMilliseconds:N1} ms");

    private static string Size(long bytes) => Invariant($"{bytes / 1e6:N1} MB");

    private static string Ratio(double ratio) => ratio >= 1 ? Invariant($"{ratio:0.0} times faster") : Invariant($"{1 / ratio:0.0} times slower");

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
