using Thaw.ColdLoad.Models;
using Thaw.ColdLoad.Plain;
using Thaw.ColdLoad.Warm;
using Thaw.Harness;
using Thaw.Harness.Measuring;
using Thaw.TestModels;
using Thaw.TestModels.Bert;

namespace Thaw.ColdLoad.Cold;

/// <summary>Load and first answer of models that are new to a process: the server compared with plain ONNX Runtime.</summary>
internal sealed class ColdBench(BenchOptions options, Binary binary)
{
    private const int WarmRuns = 20;

    private const string PlainNote =
        "fresh process: environment and a tiny model first, not counted; then default session options, CreateSession(path), " +
        "one run of the same 32 tokens, timed inside the process: no HTTP and no tokenizer";

    private const string HundredthNote =
        "the second has files and weights of its own; the hundredth too, and the 99 before it are one model's files under 99 names, each asked once; " +
        "speedups are over plain ONNX Runtime's second";

    public void Run()
    {
        BenchModel[] models = [.. BenchModel.All.Where(model => options.Models.Contains(model.Name))];
        bool prepares = Preparation.IsOffered(binary);
        if (!prepares) Console.WriteLine($"{binary.Path} has no prepare command; prepared models are omitted.");

        using var store = new ModelStore(options.WorkFolder);
        string tiny = Path.Combine(store.Raw("tiny", BertOptions.Tiny), ExportedModel.ModelName);
        string tinyDistil = Path.Combine(store.Raw("tiny-distilbert", BertOptions.TinyDistilBert), ExportedModel.ModelName);
        var progress = new Progress(models.Length * (1 + 3 * options.Samples));
        List<ColdGroup> groups = [];
        List<WarmGroup> warm = [];
        foreach (BenchModel model in models)
        {
            // Two models; raw, prepared and in the cache.
            store.Require(2 * 3 * BertModelFile.Measure(model.Options).ModelBytes);
            var server = new ServerWay(binary, store.Folder);
            IReadOnlyDictionary<string, ModelFiles> forms = Forms(model, store, server, prepares);
            progress.Step($"{model.Title}: {string.Join(", ", forms.Keys)} written");
            ModelFiles raw = forms[Way.Raw];
            ModelFiles? prepared = forms.GetValueOrDefault(Way.Prepared);
            string warmUp = model.Options.Architecture == BertArchitecture.Bert ? tiny : tinyDistil;
            PlainWay[] plain = [new(binary.LibraryPath, warmUp, managed: false), new(binary.LibraryPath, warmUp, managed: true)];
            var turns = new Turns(model, forms, server, plain);
            // The files were just written. Dropped and loaded again, they are cached in pieces of all sizes; so Read, which drops them first, comes last.
            foreach (CacheState state in (CacheState[])[CacheState.Written, CacheState.Dropped, CacheState.Read])
            {
                IReadOnlyDictionary<string, List<ColdSample>> samples = turns.Take(options.Samples, state, state == CacheState.Read ? WarmRuns : 0, progress);
                groups.Add(new ColdGroup(
                    model.Title, state, SizeOf(raw.First), prepared is null ? null : SizeOf(prepared.First),
                    [.. samples.Select(way => ColdRow.Of(way.Key, way.Value, samples[Way.Plain]))]));
            }

            if (model.Closely && prepared is not null) warm.Add(new WarmBench(binary, store, model, raw.First, prepared.First).Take(options.Samples));
        }

        foreach (ColdGroup group in groups) ColdTable.Print(group);
        foreach (WarmGroup group in warm) WarmTable.Print(group);
        if (options.Output is null) return;
        var report = new ColdReport(Machine.Read(), binary.ReadVersion(), PlainNote, PageCache.Method, HundredthNote, groups, warm);
        Results.Write(Path.Combine(options.Output, "cold-load.json"), report);
        File.WriteAllText(Path.Combine(options.Output, "cold-load.svg"), ColdChart.Draw(report));
        if (warm.Count > 0) File.WriteAllText(Path.Combine(options.Output, "cold-load-warm.svg"), WarmChart.Draw(warm));
    }

    /// <summary>The files of two models for each of the server's ways.</summary>
    private Dictionary<string, ModelFiles> Forms(BenchModel model, ModelStore store, ServerWay server, bool prepares)
    {
        string secondName = $"{model.Name}-second";
        var raw = new ModelFiles(store.Raw(model.Name, model.Options), store.Raw(secondName, model.Options with { Seed = model.Options.Seed + 1 }));
        Dictionary<string, ModelFiles> forms = new() { [Way.Raw] = raw };
        if (model.Closely)
        {
            string cache = store.Make($"{model.Name}-cache", directory => Directory.CreateDirectory(directory));
            if (server.TryLayOut(raw, cache)) forms[Way.LaidOut] = raw with { Cache = cache };
            else Console.WriteLine($"The server did not lay {model.Name} out; {Way.LaidOut} is omitted.");
        }

        if (prepares && Preparation.TryMake(binary, store, model.Name, raw.First) is { } first &&
            Preparation.TryMake(binary, store, secondName, raw.Second) is { } second)
        {
            forms[Way.Prepared] = new ModelFiles(first, second);
        }

        return forms;
    }

    private static long SizeOf(string directory) => new DirectoryInfo(directory).EnumerateFiles().Sum(file => file.Length);
}
