using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Thaw.Harness.Measuring;

namespace Thaw.ColdLoad.Plain;

/// <summary>Measures plain ONNX Runtime in a process of its own: this program, started again by <see cref="PlainWay"/>.</summary>
internal static class PlainCommand
{
    public const string Name = "plain", Managed = "managed", Native = "native";

    // The tiny model's vocabulary is far smaller than a real one.
    private const int SmallVocabulary = 1000;

    /// <param name="arguments">native or managed, the library, a tiny model, the model, its inputs and the token ids (both comma-separated),
    /// the number of labels, the number of warm runs.</param>
    public static int Run(ReadOnlySpan<string> arguments)
    {
        string model = Path.GetFullPath(arguments[3]);
        string[] inputs = arguments[4].Split(',');
        long[] ids = [.. arguments[5].Split(',').Select(id => long.Parse(id, CultureInfo.InvariantCulture))];
        int labels = int.Parse(arguments[6], CultureInfo.InvariantCulture);
        double[] warm = new double[int.Parse(arguments[7], CultureInfo.InvariantCulture)];
        (string version, Func<string, IReadOnlyList<string>, PlainModel> load) = Open(arguments[0], arguments[1]);

        // A process's first session also initializes the library and compiles this program; neither is counted.
        _ = load(arguments[2], inputs)([.. ids.Select(id => id % SmallVocabulary)], labels);
        string directory = Path.GetDirectoryName(model)!;
        MappedMemory before = MappedMemory.Read(Environment.ProcessId, directory);

        long start = Stopwatch.GetTimestamp();
        PlainModel run = load(model, inputs);
        TimeSpan loaded = Stopwatch.GetElapsedTime(start);
        float[] logits = run(ids, labels);
        TimeSpan answered = Stopwatch.GetElapsedTime(start);
        MappedMemory added = MappedMemory.Read(Environment.ProcessId, directory) - before;

        for (int i = 0; i < warm.Length; i++)
        {
            start = Stopwatch.GetTimestamp();
            _ = run(ids, labels);
            warm[i] = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        }

        Console.WriteLine(JsonSerializer.Serialize(new ColdSample(loaded.TotalMilliseconds, (answered - loaded).TotalMilliseconds, added, logits)
        {
            Library = version,
            Warm = warm.Length == 0 ? null : Spread.Of(warm).Median,
        }));
        return 0;
    }

    private static (string Version, Func<string, IReadOnlyList<string>, PlainModel> Load) Open(string way, string library)
    {
        if (way == Managed)
        {
            var managed = new ManagedRuntime();
            return (managed.Version, managed.Load);
        }

        var native = new NativeRuntime(library);
        return (native.Version, native.Load);
    }
}
