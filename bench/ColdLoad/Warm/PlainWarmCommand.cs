using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Thaw.ColdLoad.Plain;

namespace Thaw.ColdLoad.Warm;

/// <summary>Plain ONNX Runtime with one model in a process of its own: this program, started again by <see cref="PlainProcess"/>.</summary>
internal static class PlainWarmCommand
{
    public const string Name = "plain-warm";

    /// <summary>Reads requests until its input ends: a line for each, the number of texts and the ids of all texts, comma-separated.</summary>
    /// <param name="arguments">The library, the model, its inputs (comma-separated), the number of labels.</param>
    public static int Run(ReadOnlySpan<string> arguments)
    {
        PlainModel run = new NativeRuntime(arguments[0]).Load(arguments[1], arguments[2].Split(','));
        int labels = int.Parse(arguments[3], CultureInfo.InvariantCulture);
        while (Console.ReadLine() is { } line)
        {
            long[] numbers = [.. line.Split(',').Select(number => long.Parse(number, CultureInfo.InvariantCulture))], ids = numbers[1..];
            long start = Stopwatch.GetTimestamp();
            float[] logits = run(ids, (int)numbers[0], labels);
            Console.WriteLine(JsonSerializer.Serialize(new PlainRun(Stopwatch.GetElapsedTime(start).TotalMilliseconds, logits)));
        }

        return 0;
    }
}
