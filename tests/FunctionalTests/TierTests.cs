using System.Collections.Concurrent;
using Thaw.FunctionalTests.Support;
using Thaw.Inference;
using Thaw.Inference.Memory;
using Thaw.Inference.Models;
using Thaw.Inference.Tasks;
using Thaw.Onnx;
using Thaw.TestModels;
using ModelDirectory = Thaw.TestModels.ModelDirectory;

namespace Thaw.FunctionalTests;

/// <summary>Promotion from weights as they lie in the file to packed ones: when, and that nobody notices.</summary>
[Collection(nameof(OnnxRuntimeCollection))]
public sealed class TierTests(OnnxRuntimeFixture runtime) : IDisposable
{
    private static readonly PromotionRule s_third = new(3, TimeSpan.FromMinutes(10));

    private readonly TemporaryFolder _folder = new();
    private readonly BlockingCollection<PromotionResult> _results = [];
    private readonly WorkerPool _runs = new("run", 2);
    private readonly WorkerPool _loads = new("load", 2);

    public void Dispose()
    {
        _runs.Dispose();
        _loads.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task Answers_are_the_same_before_during_and_after_the_swap()
    {
        ModelDirectory.Write(_folder["m"], BertOptions.Mini);
        float[] expected = await ExpectAsync("m");
        var budget = new MemoryBudget(1L << 30);
        using var promoter = new Promoter(budget, s_third, _results.Add);
        using LoadedModel model = Load("m", budget, promoter);
        Assert.Equal(0, model.Tier);
        using var stop = new CancellationTokenSource();
        ConcurrentBag<float> differences = [];
        int before = 0, after = 0;
        Task[] traffic = [.. Enumerable.Range(0, 4).Select(_ => Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested)
            {
                int tier = model.Tier;
                differences.Add(Difference(expected, await InvokeAsync(model)));
                Interlocked.Increment(ref tier == 0 ? ref before : ref after);
            }
        }))];
        PromotionResult result = _results.Take();
        while (Volatile.Read(ref after) < 100) await Task.Delay(1);
        stop.Cancel();
        await Task.WhenAll(traffic);
        Assert.Null(result.Failure);
        Assert.Equal(1, model.Tier);
        Assert.True(before >= 3, $"{before} before, {after} after");
        Assert.InRange(differences.Max(), 0, 1e-4);
    }

    [Fact]
    public async Task A_model_is_promoted_when_it_was_invoked_often_enough_and_not_before()
    {
        ModelDirectory.Write(_folder["m"], BertOptions.Tiny);
        var budget = new MemoryBudget(1L << 30);
        using var promoter = new Promoter(budget, s_third, _results.Add);
        using LoadedModel model = Load("m", budget, promoter);
        await InvokeAsync(model);
        await InvokeAsync(model);
        Assert.False(_results.TryTake(out _, 100));
        await InvokeAsync(model);
        Assert.Null(_results.Take().Failure);
        Assert.Equal((1, 3), (model.Tier, model.Invocations));
        Assert.True(model.MappedBytes > 0);
        await InvokeAsync(model);
        Assert.False(_results.TryTake(out _, 100));
    }

    [Theory]
    [InlineData(0, 600_000)]
    [InlineData(3, 0)]
    public async Task Without_a_rule_that_is_met_a_model_stays_as_it_is(int invocations, int milliseconds)
    {
        ModelDirectory.Write(_folder["m"], BertOptions.Tiny);
        var budget = new MemoryBudget(1L << 30);
        using var promoter = new Promoter(budget, new PromotionRule(invocations, TimeSpan.FromMilliseconds(milliseconds)), _results.Add);
        using LoadedModel model = Load("m", budget, promoter);
        for (int i = 0; i < 20; i++) await InvokeAsync(model);
        Assert.False(_results.TryTake(out _, 100));
        Assert.Equal(0, model.Tier);
    }

    [Fact]
    public async Task Where_memory_is_short_tier_0_goes_on_and_is_promoted_when_there_is_room()
    {
        ModelDirectory.Write(_folder["m"], BertOptions.Mini);
        float[] expected = await ExpectAsync("m");
        var budget = new MemoryBudget(1L << 30);
        using var promoter = new Promoter(budget, s_third, _results.Add);
        using LoadedModel model = Load("m", budget, promoter);
        MemoryReservation rest = budget.TryReserve(budget.Limit - budget.Reserved)!;
        for (int i = 0; i < 3; i++) Assert.InRange(Difference(expected, await InvokeAsync(model)), 0, 1e-4);
        Assert.Contains("memory limit", _results.Take().Failure);
        // It is told once.
        for (int i = 0; i < 10; i++) await InvokeAsync(model);
        Assert.False(_results.TryTake(out _, 100));
        Assert.Equal((0, budget.Limit), (model.Tier, budget.Reserved));
        rest.Dispose();
        await InvokeAsync(model);
        Assert.Null(_results.Take().Failure);
        Assert.InRange(Difference(expected, await InvokeAsync(model)), 0, 1e-4);
    }

    [Fact]
    public async Task An_unload_at_any_moment_of_a_promotion_leaves_nothing_behind()
    {
        ModelDirectory.Write(_folder["m"], BertOptions.Mini);
        var budget = new MemoryBudget(1L << 30);
        using var promoter = new Promoter(budget, s_third, _results.Add);
        for (int round = 0; round < 60; round++)
        {
            LoadedModel model = Load("m", budget, promoter);
            await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => InvokeAsync(model)));
            await Task.Delay(round);
            model.Dispose();
        }

        promoter.Dispose();
        Assert.Equal(0, budget.Reserved);
        Assert.All(_results, result => Assert.Null(result.Failure));
        Assert.NotEmpty(_results);
        Assert.True(_results.Count < 60, "no unload came before its promotion");
    }

    [Fact]
    public async Task A_stop_ends_a_promotion_that_is_under_way()
    {
        ModelDirectory.Write(_folder["m"], BertOptions.Mini);
        var budget = new MemoryBudget(1L << 30);
        for (int round = 0; round < 20; round++)
        {
            var promoter = new Promoter(budget, s_third, _results.Add);
            using LoadedModel model = Load("m", budget, promoter);
            for (int i = 0; i < 3; i++) await InvokeAsync(model);
            await Task.Delay(round);
            promoter.Dispose();
            await InvokeAsync(model);
        }

        Assert.Equal(0, budget.Reserved);
    }

    [Fact]
    public void A_session_with_other_weights_does_not_take_the_place()
    {
        ModelDirectory.Write(_folder["m"], BertOptions.Tiny);
        ModelDirectory.Write(_folder["other"], BertOptions.Tiny with { Seed = 9 });
        var budget = new MemoryBudget(1L << 30);
        using var promoter = new Promoter(budget, s_third, _results.Add);
        using LoadedModel model = Load("m", budget, promoter);
        using OrtSession same = OrtSession.Load(runtime.Environment, Path.Combine(_folder["m"], "model.onnx"), new SessionSettings());
        using OrtSession other = OrtSession.Load(runtime.Environment, Path.Combine(_folder["other"], "model.onnx"), new SessionSettings());
        Assert.Null(TierCheck.Compare(model, same));
        Assert.Contains("differ", TierCheck.Compare(model, other));
    }

    [Fact]
    public async Task The_server_shows_the_tier_and_where_time_and_memory_went()
    {
        ModelDirectory.Write(_folder["m"], BertOptions.Mini);
        await using ServerProcess server = await ServerProcess.StartAsync(new Dictionary<string, string> { ["THAW_PROMOTE_AFTER"] = "2" });
        Assert.Equal(200, (await server.LoadAsync("m", _folder["m"])).Code);
        Answer fresh = await server.GetAsync("/models/m");
        Assert.Equal(0, fresh.Json.GetProperty("tier").GetInt32());
        long weights = new FileInfo(Path.Combine(_folder["m"], "model.onnx")).Length;
        Assert.InRange(fresh.Json.GetProperty("mappedBytes").GetInt64(), weights * 9 / 10, weights);
        Assert.InRange(fresh.Json.GetProperty("privateBytes").GetInt64(), 1, weights / 2);
        double total = fresh.Json.GetProperty("loadMilliseconds").GetDouble();
        foreach (string phase in (string[])["files", "graph", "session", "tokenizer"])
            Assert.InRange(fresh.Json.GetProperty("loadPhases").GetProperty(phase).GetDouble(), 0, total);
        for (int i = 0; i < 2; i++) Assert.Equal(200, (await server.InvokeAsync("m", """{"inputs":"x"}""")).Code);
        while ((await server.GetAsync("/models/m")).Json.GetProperty("tier").GetInt32() == 0) await Task.Delay(5);
        Assert.True((await server.GetAsync("/models/m")).Json.GetProperty("privateBytes").GetInt64() > fresh.Json.GetProperty("privateBytes").GetInt64());
        Assert.Equal(200, (await server.InvokeAsync("m", """{"inputs":"x"}""")).Code);
        Assert.Contains("Packed the weights", server.Output);
    }

    private LoadedModel Load(string name, MemoryBudget budget, Promoter promoter)
    {
        Result<LoadedModel> loaded = new ModelLoader(Task.FromResult(runtime.Environment), budget, promoter, null).Load(_folder[name]);
        Assert.Null(loaded.Error);
        return loaded.Value!;
    }

    /// <summary>What ONNX Runtime answers when it loads the file itself, with all its optimisations.</summary>
    private async Task<float[]> ExpectAsync(string name)
    {
        var budget = new MemoryBudget(1L << 30);
        using var promoter = new Promoter(budget, new PromotionRule(0, TimeSpan.Zero), _results.Add);
        using LoadedModel model = Load(name, budget, promoter);
        OrtSession plain = OrtSession.Load(runtime.Environment, Path.Combine(_folder[name], "model.onnx"), new SessionSettings());
        model.Sessions.Promote(plain, budget.TryReserve(0)!, 0);
        return await InvokeAsync(model);
    }

    private static float Difference(float[] expected, float[] actual) => expected.Zip(actual, (left, right) => Math.Abs(left - right)).Max();

    private async Task<float[]> InvokeAsync(LoadedModel model)
    {
        using var texts = new TextBatch();
        byte[] text = "some text of a few words"u8.ToArray();
        text.CopyTo(texts.Reserve(text.Length));
        texts.Commit(text.Length, secondOfPair: false);
        Result<Logits> result = await new TextRunner(_runs).RunAsync(model, texts, CancellationToken.None);
        Assert.Null(result.Error);
        using Logits logits = result.Value!;
        return logits.Row(0).ToArray();
    }
}
