using System.Diagnostics;
using Thaw.Harness.Measuring;
using Thaw.Inference.Batching;
using Thaw.Onnx.Runtime;

namespace Thaw.Shapes;

/// <summary>Measures for which shapes of runs the turned session is faster. The constants of <see cref="Inference.Architectures.RunShape"/> are
/// chosen so that its loss is least.</summary>
internal static class ShapeBench
{
    private const int FewestPairs = 3, WarmPairs = 2;

    private sealed record Report(
        Machine Machine, ShapeLoss Loss, ShapeLoss LossIfAlwaysStraight, ShapeLoss LossIfAlwaysTurned, IReadOnlyList<ShapeTime> Shapes);

    public static void Run(ShapeOptions options)
    {
        List<ShapeTime> times = [];
        int[] threadCounts = [1, 2];
        foreach (int threads in threadCounts)
        {
            using OrtEnvironment environment = OrtEnvironment.Create(threads, (_, line) => Console.Error.WriteLine(line));
            foreach (int hidden in options.HiddenSizes)
            {
                using var model = new LaidOutModel(environment, hidden);
                ShapeTime[] measured =
                [
                    .. from rows in options.Rows
                       from columns in options.Columns
                       where rows == 1 || rows * columns <= PaddedBatch.MaxPaddedTokens
                       select Measure(model, hidden, threads, rows, columns, options.Patience),
                ];
                Print(measured, options.Columns);
                times.AddRange(measured);
            }
        }

        var report = new Report(
            Machine.Read(), ShapeLoss.Of(times, time => time.ChoosesTurned), ShapeLoss.Of(times, _ => false), ShapeLoss.Of(times, _ => true), times);
        Print("RunShape's rule", report.Loss);
        Print("always straight", report.LossIfAlwaysStraight);
        Print("always turned", report.LossIfAlwaysTurned);
        ShapeTime worst = times.MaxBy(time => time.Loss)!;
        Console.WriteLine(Results.Text(
            $"\nRunShape's worst: layers of {worst.Hidden}, {worst.Threads} threads, {worst.Rows} x {worst.Columns}, turned/straight {worst.Ratio:F2}"));
        if (options.Output is not null) Results.Write(Path.Combine(options.Output, "shapes.json"), report);
    }

    /// <summary>The sessions take turns, and each is first in every other pair, so that other load on the machine affects both.</summary>
    private static ShapeTime Measure(LaidOutModel model, int hidden, int threads, int rows, int columns, double patience)
    {
        List<double> straight = [], turned = [];
        for (int i = 0; i < WarmPairs; i++) TakePair(i);
        straight.Clear();
        turned.Clear();
        long start = Stopwatch.GetTimestamp();
        for (int i = 0; i < FewestPairs || Stopwatch.GetElapsedTime(start).TotalMilliseconds < 2 * patience; i++) TakePair(i);
        return new ShapeTime(hidden, threads, rows, columns, Spread.Quantile(straight, 0.5), Spread.Quantile(turned, 0.5));

        void TakePair(int pair)
        {
            bool turnedFirst = pair % 2 == 1;
            (turnedFirst ? turned : straight).Add(model.Time(turnedFirst, rows, columns));
            (turnedFirst ? straight : turned).Add(model.Time(!turnedFirst, rows, columns));
        }
    }

    private static void Print(ShapeTime[] times, IReadOnlyList<int> columns)
    {
        Console.WriteLine($"\nlayers of {times[0].Hidden}, {times[0].Threads} threads: turned/straight by texts and tokens; * where RunShape chooses turned\n");
        Console.WriteLine($"{"",6}{string.Concat(columns.Select(column => $"{column,8}"))}");
        foreach (IGrouping<int, ShapeTime> row in times.GroupBy(time => time.Rows))
            Console.WriteLine($"{row.Key,6}{string.Concat(row.Select(time => Results.Text($"{time.Ratio,7:F2}{(time.ChoosesTurned ? '*' : ' ')}")))}");
    }

    private static void Print(string rule, ShapeLoss loss) =>
        Console.WriteLine(Results.Text($"\n{rule}: slower than the better session by {loss.Mean:P1} on average, {loss.Worst:P0} at most"));
}
