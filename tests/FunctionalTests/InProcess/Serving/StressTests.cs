using System.Collections.Concurrent;
using Thaw.FunctionalTests.InProcess.Layouts;
using Thaw.FunctionalTests.InProcess.Runtime;
using Thaw.Inference;
using Thaw.Inference.Batching;
using Thaw.Inference.Layouts;
using Thaw.Inference.Memory;
using Thaw.Inference.Serving;
using Thaw.TestModels;
using Thaw.TestModels.Bert;

namespace Thaw.FunctionalTests.InProcess.Serving;

/// <summary>Load, invoke and unload race on real sessions: nothing is used after it is freed, and nothing is lost.</summary>
[Trait("Category", "inprocess")]
[Collection(nameof(OnnxRuntimeCollection))]
public sealed class StressTests(OnnxRuntimeFixture runtime) : IDisposable
{
    private const int Rounds = 3000;

    // Several times what it takes until the first weights are laid out.
    private const int MostRounds = 20 * Rounds;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Thousands_of_rounds_of_load_invoke_and_unload_leave_nothing_behind()
    {
        ExportedModel.Write(_folder["a"], BertOptions.Tiny);
        ExportedModel.Write(_folder["b"], BertOptions.Tiny with { Style = BertStyle.Fused, Seed = 2 });
        // The architecture of the first with other weights, in files that are replaced again and again.
        ExportedModel.Write(_folder["c"], BertOptions.Tiny with { Seed = 3 });
        string original = Path.Combine(_folder["c"], "model.onnx");
        LayoutStore? store = LayoutStore.TryOpen(_folder["cache"], 1L << 30, out string? reason);
        Assert.Null(reason);
        using var loads = new WorkerPool("load", 3);
        using var local = new LocalModels(runtime.Environment, new PromotionRule(3, TimeSpan.FromMinutes(1)), store);
        var models = new ModelTable<LoadedModel>(local.TryLoad, loads);
        var unexpected = new ConcurrentBag<string>();
        string[] names = ["a", "b", "c"];
        Dictionary<string, float[]> expected = [];
        foreach (string name in names) expected.Add(name, await ExpectAsync(name));

        int next = 0, loaded = 0, invoked = 0, unloaded = 0, released = 0;
        await Task.WhenAll(Enumerable.Range(0, 8).Select(seed => Task.Run(async () =>
        {
            var random = new Random(seed);
            for (int round; (round = Interlocked.Increment(ref next)) <= Rounds || (round <= MostRounds && !IsLaidOut());)
            {
                string name = names[random.Next(names.Length)];
                switch (random.Next(9))
                {
                    case 0:
                        if ((await models.LoadAsync(name, _folder[name])).TryGet(out ModelLease<LoadedModel> held, out InferenceError? refused))
                        {
                            held.Dispose();
                            Interlocked.Increment(ref loaded);
                        }
                        else if (refused.Kind != InferenceErrorKind.ModelExists) unexpected.Add(refused.Message);
                        break;
                    case 1:
                        if (await models.UnloadAsync(name) is null) Interlocked.Increment(ref unloaded);
                        break;
                    case 2:
                        string copy = _folder[$"copy-{round}"];
                        File.Copy(original, copy);
                        File.Move(copy, original, overwrite: true);
                        break;
                    case 3:
                        Interlocked.Add(ref released, IdleModels.ReleasePageTables(models, TimeSpan.Zero, () => true));
                        if (models.TryAcquire(name) is not { Error: null, Value: var described }) break;
                        if (described.Model.PageTableBytes is null) unexpected.Add("page tables are unknown");
                        // Also while others run it.
                        described.Model.ReleasePageTables();
                        described.Dispose();
                        break;
                    default:
                        if (await InvokeAsync(name) is not { } logits) break;
                        Interlocked.Increment(ref invoked);
                        if (logits.Zip(expected[name]).Any(pair => Math.Abs(pair.First - pair.Second) > 1e-4)) unexpected.Add($"wrong logits of {name}");
                        break;
                }
            }
        })));

        foreach (string name in expected.Keys)
        {
            if (await models.UnloadAsync(name) is null) unloaded++;
        }

        local.Promoter.Dispose();
        Assert.Empty(unexpected);
        Assert.True(IsLaidOut());
        Assert.All(local.Results, result => Assert.True(
            result.Failure is null || (result.Directory == _folder["c"] && result.Failure.Contains("replaced", StringComparison.Ordinal)), result.Failure));
        Assert.True(loaded > 50 && invoked > 100, $"{loaded} loads and {invoked} invocations");
        Assert.True(released > 5, $"{released} gave their page tables back");
        Assert.Equal(loaded, unloaded);
        Assert.Empty(models.List(null, 100).Models);
        Assert.Equal(0, local.Budget.Reserved);
        Assert.Equal(0, TensorSlab.Rented);
        Assert.DoesNotContain(File.ReadLines("/proc/self/maps"), line => line.Contains(_folder.Path, StringComparison.Ordinal));
        Assert.DoesNotContain(OpenFiles(), file => file.StartsWith(_folder.Path, StringComparison.Ordinal));

        bool IsLaidOut() => local.Results.Any(result => result.Failure is null);

        async Task<float[]> ExpectAsync(string name)
        {
            Assert.True((await models.LoadAsync(name, _folder[name])).TryGet(out ModelLease<LoadedModel> held, out _));
            held.Dispose();
            float[] logits = (await InvokeAsync(name))!;
            Assert.Null(await models.UnloadAsync(name));
            return logits;
        }

        async Task<float[]?> InvokeAsync(string name)
        {
            Result<ModelLease<LoadedModel>> acquired = await models.AcquireAsync(name, CancellationToken.None);
            if (acquired.Error is not null) return null;
            using ModelLease<LoadedModel> lease = acquired.Value;
            Result<FloatRows> result = await LocalModels.RunAsync(local.Runner, lease.Model);
            if (result.Error is { } error)
            {
                unexpected.Add(error.Message);
                return null;
            }

            using FloatRows logits = result.Value!;
            return logits.Row(0).ToArray();
        }
    }

    private static IEnumerable<string> OpenFiles() => Directory.GetFiles("/proc/self/fd").Select(link => new FileInfo(link).LinkTarget).OfType<string>();
}
