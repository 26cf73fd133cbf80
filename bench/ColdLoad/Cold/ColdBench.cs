using Thaw.ColdLoad.Models;
using Thaw.ColdLoad.Plain;
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
        foreach (BenchModel model in models)
        {
            store.Require((prepares ? 2 : 1) * BertModelFile.Measure(model.Options).ModelBytes);
            progress.Step($"{model.Title}: {(prepares ? "written and prepared" : "written")}");
            string raw = store.Raw(model.Name, model.Options);
            string? prepared = prepares ? Preparation.TryMake(binary, store, model.Name, raw) : null;
            string warmUp = model.Options.Architecture == BertArchitecture.Bert ? tiny : tinyDistil;
            PlainWay[] plain = [new(binary.LibraryPath, warmUp, managed: false), new(binary.LibraryPath, warmUp, managed: true)];
            var turns = new Turns(model, raw, prepared, new ServerWay(binary, store.Folder), plain);
            // The files were just written. Dropped and loaded again, they are cached in pieces of all sizes; so Read, which drops them first, comes last.
            foreach (CacheState state in (CacheState[])[CacheState.Written, CacheState.Dropped, CacheState.Read])
            {
                IReadOnlyDictionary<string, List<ColdSample>> samples = turns.Take(options.Samples, state, state == CacheState.Read ? WarmRuns : 0, progress);
                groups.Add(new ColdGroup(
                    model.Title, state, SizeOf(raw), prepared is null ? null : SizeOf(prepared),
                    [.. samples.Select(way => ColdRow.Of(way.Key, way.Value, samples[Way.Plain]))]));
            }
        }

        foreach (ColdGroup group in groups) ColdTable.Print(group);
        if (options.Output is null) return;
        var report = new ColdReport(Machine.Read(), binary.ReadVersion(), PlainNote, PageCache.Method, groups);
        Results.Write(Path.Combine(options.Output, "cold-load.json"), report);
        File.WriteAllText(Path.Combine(options.Output, "cold-load.svg"), ColdChart.Draw(report));
    }

    private static long SizeOf(string directory) => new DirectoryInfo(directory).EnumerateFiles().Sum(file => file.Length);
}
