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

    /// <param name="arguments">native or managed, the library, a tiny model, the model, another one, their inputs and the token ids (both
    /// comma-separated), the number of labels, the number of warm runs; without warm runs the other model is not loaded.</param>
    public static int Run(ReadOnlySpan<string> arguments)
    {
        string model = Path.GetFullPath(arguments[3]), second = Path.GetFullPath(arguments[4]);
        string[] inputs = arguments[5].Split(',');
        long[] ids = [.. arguments[6].Split(',').Select(id => long.Parse(id, CultureInfo.InvariantCulture))];
        int labels = int.Parse(arguments[7], CultureInfo.InvariantCulture);
        double[] warm = new double[int.Parse(arguments[8], CultureInfo.InvariantCulture)];
        (string version, Func<string, IReadOnlyList<string>, PlainModel> load) = Open(arguments[0], arguments[1]);

        // A process's first session also initializes the library and compiles this program; neither is counted.
        _ = load(arguments[2], inputs)([.. ids.Select(id => id % SmallVocabulary)], 1, labels);
        ColdSample sample = Take(model, out PlainModel run);
        for (int i = 0; i < warm.Length; i++)
        {
            long start = Stopwatch.GetTimestamp();
            _ = run(ids, 1, labels);
            warm[i] = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        }

        if (warm.Length > 0) sample = sample with { Warm = Spread.Of(warm).Median, Second = Take(second, out _) };
        Console.WriteLine(JsonSerializer.Serialize(sample));
        return 0;

        ColdSample Take(string path, out PlainModel loadedModel)
        {
            string directory = Path.GetDirectoryName(path)!;
            MappedMemory before = MappedMemory.Read(Environment.ProcessId, directory);
            long start = Stopwatch.GetTimestamp();
            loadedModel = load(path, inputs);
            TimeSpan loaded = Stopwatch.GetElapsedTime(start);
            float[] logits = loadedModel(ids, 1, labels);
            TimeSpan answered = Stopwatch.GetElapsedTime(start);
            MappedMemory added = MappedMemory.Read(Environment.ProcessId, directory) - before;
            return new ColdSample(loaded.TotalMilliseconds, (answered - loaded).TotalMilliseconds, added, logits) { Library = version };
        }
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
