using System.Runtime.InteropServices;
using Thaw.Harness;
using Thaw.Harness.Measuring;
using Thaw.TestModels;

namespace Thaw.MicroBenchmarks.Curve;

/// <summary>
/// Times tokenizers on texts that are made to be slow; writes a table, the same as JSON, and a chart. Fails if a byte of a
/// long text costs too much (<see cref="TextCurve.MostGrowth"/>).
/// </summary>
internal static class CurveCommand
{
    public const string Name = "curve";

    private const string Help = """
        Times the tokenizers on texts of growing length that are made to be slow.

        usage: dotnet run -c Release --project bench/MicroBenchmarks -- curve [options]

          --max-mb N     length of the longest texts; with offsets, a quarter of that (16)
          --output DIR   where to write tokenizer-curve.json and tokenizer-curve.svg (bench/results)

        """;

    private const int ShortestBytes = 1024;
    private const int Step = 4;

    private sealed record Report(Machine Machine, string Framework, IReadOnlyList<TextCurve> Curves);

    /// <returns>The process's exit status.</returns>
    public static int Run(string[] arguments) => Tool.Run(arguments, Help, () =>
    {
        int longest = 16 << 20;
        string output = Path.Combine(Repository.Root, "bench", "results");
        var rest = new Arguments(arguments);
        while (rest.TryNext(out string? argument))
        {
            switch (argument)
            {
                case "--output":
                    output = rest.Value(argument);
                    break;
                case "--max-mb":
                    longest = rest.Number(argument, least: 1, most: 256) << 20;
                    break;
                default:
                    throw new ArgumentException($"{Name} has no option '{argument}'; --help lists the options.");
            }
        }

        return Run(longest, output);
    });

    private static int Run(int longest, string output)
    {
        List<TextCurve> curves = [];
        foreach (Subject subject in Subject.All)
        {
            HostileText[] kinds = HostileText.All(subject.Mask);
            using var measurement = new CurveMeasurement(subject);
            measurement.WarmUp(kinds);
            curves.AddRange(Measure(measurement, subject, kinds, offsets: false, longest));
            curves.AddRange(Measure(measurement, subject, kinds, offsets: true, longest / Step));
        }

        Results.Write(Path.Combine(output, "tokenizer-curve.json"), new Report(Machine.Read(), RuntimeInformation.FrameworkDescription, curves));
        File.WriteAllText(Path.Combine(output, "tokenizer-curve.svg"), CurveChart.Draw(curves));
        return Check(curves) ? 0 : 1;
    }

    private static List<TextCurve> Measure(CurveMeasurement measurement, Subject subject, HostileText[] kinds, bool offsets, int longest)
    {
        List<int> lengths = [];
        for (int length = ShortestBytes; length <= longest; length *= Step) lengths.Add(length);

        Console.WriteLine($"\n{subject.Name}, {(offsets ? "ids, offsets, types" : "ids")}, ns per byte:\n");
        Console.WriteLine($"{"",-28}{string.Concat(lengths.Select(length => $"{CurveChart.Size(length),9}"))}{"growth",9}");
        List<TextCurve> curves = [];
        foreach (HostileText kind in kinds)
        {
            TextCurve curve = measurement.Run(kind, offsets, lengths);
            string times = string.Concat(curve.Points.Select(point => Results.Text($"{point.NanosecondsPerByte,9:F2}")));
            Console.WriteLine($"{curve.Text,-28}{times}{Results.Text($"{curve.Growth,9:F2}")}");
            curves.Add(curve);
        }

        return curves;
    }

    private static bool Check(List<TextCurve> curves)
    {
        List<TextCurve> tooSteep = [.. curves.Where(curve => curve.Growth > TextCurve.MostGrowth)];
        foreach (TextCurve curve in tooSteep)
        {
            string what = $"{curve.Tokenizer}, {(curve.Offsets ? "with" : "without")} offsets, {curve.Text}";
            Console.Error.WriteLine(Results.Text(
                $"{what}: a byte costs {curve.Growth:F1} times as much in a text {curve.LengthRatio:F0} times as long (limit {TextCurve.MostGrowth})."));
        }

        return tooSteep.Count == 0;
    }
}
