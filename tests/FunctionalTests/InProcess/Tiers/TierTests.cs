using System.Collections.Concurrent;
using Thaw.FunctionalTests.InProcess.Runtime;
using Thaw.Inference.Loading;
using Thaw.Inference.Memory;
using Thaw.Inference.Serving;
using Thaw.Inference.Tiers;
using Thaw.Onnx.Runtime;
using Thaw.TestModels;
using Thaw.TestModels.Bert;

namespace Thaw.FunctionalTests.InProcess.Tiers;

/// <summary>Promotion from weights as they are in the file to packed ones: when it happens, and that no request notices.</summary>
[Trait("Category", "inprocess")]
[Collection(nameof(OnnxRuntimeCollection))]
public sealed class TierTests(OnnxRuntimeFixture runtime) : IDisposable
{
    private static readonly PromotionRule ThirdAnswer = new(3, TimeSpan.FromMinutes(10));

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Answers_are_the_same_before_during_and_after_the_swap()
    {
        ExportedModel.Write(_folder["m"], BertOptions.Mini);
        using var models = new LocalModels(runtime.Environment, ThirdAnswer);
        float[] expected = await models.ExpectAsync(_folder["m"]);
        using LoadedModel model = models.Load(_folder["m"]);
        Assert.Equal(0, model.Tier);
        using var stop = new CancellationTokenSource();
        ConcurrentBag<float> differences = [];
        int before = 0, after = 0;
        Task[] traffic = [.. Enumerable.Range(0, 4).Select(_ => Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested)
            {
                int tier = model.Tier;
                differences.Add(LocalModels.Difference(expected, await models.InvokeAsync(model)));
                Interlocked.Increment(ref tier == 0 ? ref before : ref after);
            }
        }))];
        PromotionResult result = models.Results.Take();
        while (Volatile.Read(ref after) < 100) await Task.Delay(1);
        stop.Cancel();
        await Task.WhenAll(traffic);
        Assert.Null(result.Failure);
        Assert.Equal(1, model.Tier);
        Assert.True(before >= 3, $"{before} before, {after} after");
        Assert.InRange(differences.Max(), 0, 1e-4);
    }

    [Fact]
    public async Task A_model_is_promoted_after_enough_invocations_and_not_before()
    {
        ExportedModel.Write(_folder["m"], BertOptions.Tiny);
        using var models = new LocalModels(runtime.Environment, ThirdAnswer);
        using LoadedModel model = models.Load(_folder["m"]);
        await models.InvokeAsync(model);
        await models.InvokeAsync(model);
        Assert.False(models.Results.TryTake(out _, 100));
        await models.InvokeAsync(model);
        Assert.Null(models.Results.Take().Failure);
        Assert.Equal((1, 3), (model.Tier, model.Invocations));
        Assert.True(model.MappedBytes > 0);
        await models.InvokeAsync(model);
        Assert.False(models.Results.TryTake(out _, 100));
    }

    [Theory]
    [InlineData(0, 600_000)]
    [InlineData(3, 0)]
    public async Task A_model_that_does_not_meet_the_rule_stays_as_it_is(int invocations, int milliseconds)
    {
        ExportedModel.Write(_folder["m"], BertOptions.Tiny);
        using var models = new LocalModels(runtime.Environment, new PromotionRule(invocations, TimeSpan.FromMilliseconds(milliseconds)));
        using LoadedModel model = models.Load(_folder["m"]);
        for (int i = 0; i < 20; i++) await models.InvokeAsync(model);
        Assert.False(models.Results.TryTake(out _, 100));
        Assert.Equal(0, model.Tier);
    }

    [Fact]
    public async Task With_too_little_memory_tier_0_continues_until_there_is_room_to_promote()
    {
        ExportedModel.Write(_folder["m"], BertOptions.Mini);
        using var models = new LocalModels(runtime.Environment, ThirdAnswer);
        float[] expected = await models.ExpectAsync(_folder["m"]);
        using LoadedModel model = models.Load(_folder["m"]);
        MemoryReservation rest = models.Budget.TryReserve(models.Budget.Limit - models.Budget.Reserved)!;
        for (int i = 0; i < 3; i++) Assert.InRange(LocalModels.Difference(expected, await models.InvokeAsync(model)), 0, 1e-4);
        Assert.Contains("memory limit", models.Results.Take().Failure);
        // It is reported once.
        for (int i = 0; i < 10; i++) await models.InvokeAsync(model);
        Assert.False(models.Results.TryTake(out _, 100));
        Assert.Equal((0, models.Budget.Limit), (model.Tier, models.Budget.Reserved));
        rest.Dispose();
        await models.InvokeAsync(model);
        Assert.Null(models.Results.Take().Failure);
        Assert.InRange(LocalModels.Difference(expected, await models.InvokeAsync(model)), 0, 1e-4);
    }

    [Fact]
    public async Task An_unload_at_any_moment_of_a_promotion_leaves_nothing_behind()
    {
        ExportedModel.Write(_folder["m"], BertOptions.Mini);
        using var models = new LocalModels(runtime.Environment, ThirdAnswer);
        for (int round = 0; round < 60; round++)
        {
            LoadedModel model = models.Load(_folder["m"]);
            await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => models.InvokeAsync(model)));
            await Task.Delay(round);
            model.Dispose();
        }

        // One that nothing interrupts, however slow the machine is.
        using (LoadedModel last = models.Load(_folder["m"]))
        {
            await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => models.InvokeAsync(last)));
            while (last.Tier == 0) await Task.Delay(1);
        }

        models.Promoter.Dispose();
        Assert.Equal(0, models.Budget.Reserved);
        Assert.All(models.Results, result => Assert.Null(result.Failure));
        Assert.NotEmpty(models.Results);
        Assert.True(models.Results.Count <= 60, "no unload came before its promotion");
    }

    [Fact]
    public async Task A_load_that_needs_the_memory_of_a_promotion_gets_it()
    {
        ExportedModel.Write(_folder["m"], BertOptions.Mini);
        using var models = new LocalModels(runtime.Environment, ThirdAnswer);
        int gaveWay = 0;
        for (int round = 0; round < 30; round++)
        {
            using LoadedModel model = models.Load(_folder["m"]);
            // Room for the promotion or for another model, not for both.
            using MemoryReservation rest = models.Budget.TryReserve(models.Budget.Limit - models.Budget.Reserved - (22 << 20))!;
            for (int i = 0; i < 3; i++) await models.InvokeAsync(model);
            await Task.Delay(round);
            if (model.Tier == 0 && models.Budget.Limit - models.Budget.Reserved < 9 << 20) gaveWay++;
            if (model.Tier == 0)
            {
                using LoadedModel other = models.Load(_folder["m"]);
                Assert.Equal(0, other.Tier);
            }
        }

        Assert.True(gaveWay > 0, "no load came while a promotion was under way");
    }

    [Fact]
    public async Task A_stop_ends_a_promotion_in_progress()
    {
        ExportedModel.Write(_folder["m"], BertOptions.Mini);
        for (int round = 0; round < 20; round++)
        {
            using var models = new LocalModels(runtime.Environment, ThirdAnswer);
            using LoadedModel model = models.Load(_folder["m"]);
            for (int i = 0; i < 3; i++) await models.InvokeAsync(model);
            await Task.Delay(round);
            models.Promoter.Dispose();
            await models.InvokeAsync(model);
            model.Dispose();
            Assert.Equal(0, models.Budget.Reserved);
        }
    }

    [Fact]
    public void A_session_with_other_weights_is_not_swapped_in()
    {
        ExportedModel.Write(_folder["m"], BertOptions.Tiny);
        ExportedModel.Write(_folder["other"], BertOptions.Tiny with { Seed = 9 });
        using var models = new LocalModels(runtime.Environment, ThirdAnswer);
        using LoadedModel model = models.Load(_folder["m"]);
        using OrtSession same = OrtSession.Load(runtime.Environment, Path.Combine(_folder["m"], "model.onnx"), new SessionSettings());
        using OrtSession other = OrtSession.Load(runtime.Environment, Path.Combine(_folder["other"], "model.onnx"), new SessionSettings());
        Assert.Null(TierCheck.Compare(model, same));
        Assert.Contains("differ", TierCheck.Compare(model, other));
    }
}
