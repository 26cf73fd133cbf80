using System.Collections.Concurrent;
using Thaw.FunctionalTests.InProcess.Architectures;
using Thaw.FunctionalTests.InProcess.Runtime;
using Thaw.Inference.Architectures;
using Thaw.Inference.Layouts;
using Thaw.Inference.Loading;
using Thaw.Inference.Memory;
using Thaw.Inference.Serving;
using Thaw.Onnx.Architectures;
using Thaw.Onnx.Runtime;
using Thaw.TestModels;
using Thaw.TestModels.Bert;

namespace Thaw.FunctionalTests.InProcess.Layouts;

/// <summary>Promotion from exported weights to laid-out ones, or to packed ones in a session of its own: when it happens, and that no request
/// notices.</summary>
[Trait("Category", "inprocess")]
[Collection(nameof(OnnxRuntimeCollection))]
public sealed class PromoterTests(OnnxRuntimeFixture runtime) : IDisposable
{
    private static readonly PromotionRule ThirdAnswer = new(3, TimeSpan.FromMinutes(10));

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Answers_are_the_same_before_during_and_after_the_swap(bool shared)
    {
        using LocalModels models = Write(shared);
        float[] expected = await models.ExpectAsync(_folder["m"]);
        using LoadedModel model = models.Load(_folder["m"]);
        Assert.Equal((WeightForm.Exported, shared), (model.Form, model.IsShared));
        using var stop = new CancellationTokenSource();
        ConcurrentBag<float> differences = [];
        int before = 0, after = 0;
        Task[] traffic = [.. Enumerable.Range(0, 4).Select(_ => Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested)
            {
                WeightForm form = model.Form;
                differences.Add(LocalModels.Difference(expected, await models.InvokeAsync(model)));
                Interlocked.Increment(ref form == WeightForm.Exported ? ref before : ref after);
            }
        }))];
        PromotionResult result = models.Results.Take();
        while (result.Failure is null && Volatile.Read(ref after) < 100) await Task.Delay(1);
        stop.Cancel();
        await Task.WhenAll(traffic);
        Assert.Null(result.Failure);
        Assert.Equal((shared ? WeightForm.LaidOut : WeightForm.Packed, shared), (model.Form, model.IsShared));
        Assert.True(before >= 3, $"{before} before, {after} after");
        Assert.InRange(differences.Max(), 0, 1e-4);
    }

    [Fact]
    public async Task A_quantized_model_gets_a_session_of_its_own_with_packed_weights()
    {
        using LocalModels models = Write(shared: true);
        ExportedModel.Write(_folder["q"], BertOptions.Mini with { Quantization = Quantization.PerTensor });
        using LoadedModel model = models.Load(_folder["q"]);
        Assert.Equal((WeightForm.Exported, true), (model.Form, model.IsShared));
        float[] expected = await models.InvokeAsync(model);
        for (int i = 0; i < 3; i++) await models.InvokeAsync(model);
        Assert.Null(models.Results.Take().Failure);
        Assert.Equal((WeightForm.Packed, false), (model.Form, model.IsShared));
        Assert.Contains("quantized", model.OwnSessionReason);
        Assert.InRange(LocalModels.Difference(expected, await models.InvokeAsync(model)), 0, 1e-4);
        Assert.Empty(Directory.GetFiles(_folder["cache"]));
    }

    [Fact]
    public async Task A_model_is_promoted_after_enough_invocations_and_not_before()
    {
        using LocalModels models = Write(shared: true);
        using LoadedModel model = models.Load(_folder["m"]);
        await models.InvokeAsync(model);
        await models.InvokeAsync(model);
        Assert.False(models.Results.TryTake(out _, 100));
        await models.InvokeAsync(model);
        Assert.Null(models.Results.Take().Failure);
        Assert.Equal((WeightForm.LaidOut, 3), (model.Form, model.Invocations));
        Assert.True(model.MappedBytes > 0);
        await models.InvokeAsync(model);
        Assert.False(models.Results.TryTake(out _, 100));
    }

    [Theory]
    [InlineData(0, 600_000)]
    [InlineData(3, 0)]
    public async Task A_model_that_does_not_meet_the_rule_stays_as_it_is(int invocations, int milliseconds)
    {
        using LocalModels models = Write(shared: true, new PromotionRule(invocations, TimeSpan.FromMilliseconds(milliseconds)));
        using LoadedModel model = models.Load(_folder["m"]);
        for (int i = 0; i < 20; i++) await models.InvokeAsync(model);
        Assert.False(models.Results.TryTake(out _, 100));
        Assert.Equal(WeightForm.Exported, model.Form);
    }

    [Fact]
    public async Task A_promotion_waits_while_a_model_is_being_loaded()
    {
        using LocalModels models = Write(shared: true);
        using LoadedModel model = models.Load(_folder["m"]);
        using (models.Promoter.BeginLoad())
        {
            for (int i = 0; i < 3; i++) await models.InvokeAsync(model);
            Assert.False(models.Results.TryTake(out _, 100));
            Assert.Equal(WeightForm.Exported, model.Form);
        }

        Assert.Null(models.Results.Take().Failure);
        Assert.Equal(WeightForm.LaidOut, model.Form);
    }

    [Fact]
    public async Task Laid_out_weights_need_room_only_for_the_sessions_of_their_architecture()
    {
        using LocalModels models = Write(shared: true);
        using LoadedModel model = models.Load(_folder["m"]);
        MemoryReservation rest = models.Budget.TryReserve(models.Budget.Limit - models.Budget.Reserved)!;
        long before = model.ReservedBytes;
        for (int i = 0; i < 3; i++) await models.InvokeAsync(model);
        Assert.Contains("memory limit", models.Results.Take().Failure);
        Assert.Equal((WeightForm.Exported, models.Budget.Limit), (model.Form, models.Budget.Reserved));
        rest.Dispose();
        await models.InvokeAsync(model);
        Assert.Null(models.Results.Take().Failure);
        Assert.Equal(WeightForm.LaidOut, model.Form);
        // Joined biases were copied before, and are laid out now.
        Assert.InRange(model.ReservedBytes, before / 2, before - 1);
    }

    [Fact]
    public void Models_share_what_is_reserved_for_their_sessions_and_their_tokenizer()
    {
        using LocalModels models = Write(shared: true);
        LoadedModel model = models.Load(_folder["m"]), other = models.Load(_folder["m"]);
        long both = models.Budget.Reserved;
        Assert.InRange(both, (1 << 20) + model.ReservedBytes + other.ReservedBytes, models.Budget.Limit);
        model.Dispose();
        Assert.Equal(both - other.ReservedBytes, models.Budget.Reserved);
        other.Dispose();
        Assert.Equal(0, models.Budget.Reserved);
    }

    [Fact]
    public async Task With_too_little_memory_to_pack_the_exported_weights_stay_until_there_is_room()
    {
        using LocalModels models = Write(shared: false);
        float[] expected = await models.ExpectAsync(_folder["m"]);
        using LoadedModel model = models.Load(_folder["m"]);
        MemoryReservation rest = models.Budget.TryReserve(models.Budget.Limit - models.Budget.Reserved)!;
        for (int i = 0; i < 3; i++) Assert.InRange(LocalModels.Difference(expected, await models.InvokeAsync(model)), 0, 1e-4);
        Assert.Contains("memory limit", models.Results.Take().Failure);
        // It is reported once.
        for (int i = 0; i < 10; i++) await models.InvokeAsync(model);
        Assert.False(models.Results.TryTake(out _, 100));
        Assert.Equal((WeightForm.Exported, models.Budget.Limit), (model.Form, models.Budget.Reserved));
        rest.Dispose();
        await models.InvokeAsync(model);
        Assert.Null(models.Results.Take().Failure);
        Assert.Equal(WeightForm.Packed, model.Form);
        Assert.InRange(LocalModels.Difference(expected, await models.InvokeAsync(model)), 0, 1e-4);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_unload_at_any_moment_of_a_promotion_leaves_nothing_behind(bool shared)
    {
        using LocalModels models = Write(shared);
        for (int round = 0; round < 60; round++)
        {
            // So that each round lays its weights out again.
            foreach (string file in Directory.GetFiles(_folder["cache"])) File.Delete(file);
            LoadedModel model = models.Load(_folder["m"]);
            await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => models.InvokeAsync(model)));
            await Task.Delay(round);
            model.Dispose();
            Assert.Empty(Directory.GetFiles(_folder["cache"], ".writing-*"));
        }

        // One that nothing interrupts, however slow the machine is, and that finds nothing of the others.
        foreach (string file in Directory.GetFiles(_folder["cache"])) File.Delete(file);
        using (LoadedModel last = models.Load(_folder["m"]))
        {
            await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => models.InvokeAsync(last)));
            while (last.Form == WeightForm.Exported) await Task.Delay(1);
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
        using LocalModels models = Write(shared: false);
        int gaveWay = 0;
        for (int round = 0; round < 30; round++)
        {
            using LoadedModel model = models.Load(_folder["m"]);
            // Room for the promotion or for another model, not for both.
            using MemoryReservation rest = models.Budget.TryReserve(models.Budget.Limit - models.Budget.Reserved - (22 << 20))!;
            for (int i = 0; i < 3; i++) await models.InvokeAsync(model);
            await Task.Delay(round);
            if (model.Form == WeightForm.Exported && models.Budget.Limit - models.Budget.Reserved < 9 << 20) gaveWay++;
            if (model.Form == WeightForm.Exported)
            {
                using LoadedModel other = models.Load(_folder["m"]);
                Assert.Equal(WeightForm.Exported, other.Form);
            }
        }

        Assert.True(gaveWay > 0, "no load came while a promotion was under way");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_stop_ends_a_promotion_in_progress(bool shared)
    {
        for (int round = 0; round < 20; round++)
        {
            using LocalModels models = Write(shared);
            using LoadedModel model = models.Load(_folder["m"]);
            for (int i = 0; i < 3; i++) await models.InvokeAsync(model);
            await Task.Delay(round);
            models.Promoter.Dispose();
            await models.InvokeAsync(model);
            model.Dispose();
            Assert.Equal(0, models.Budget.Reserved);
            Assert.Empty(Directory.GetFiles(_folder["cache"], ".writing-*"));
        }
    }

    [Fact]
    public void A_session_with_other_weights_is_not_swapped_in()
    {
        using LocalModels models = Write(shared: true);
        ExportedModel.Write(_folder["other"], BertOptions.Mini with { Seed = 9 });
        using LoadedModel model = models.Load(_folder["m"]);
        Assert.Null(Compare(new WeightBinding(Plain("m"))));
        Assert.Contains("differ", Compare(new WeightBinding(Plain("other"))));
        Assert.Null(Compare(Shared("m")));
        Assert.Contains("differ", Compare(Shared("other")));

        string? Compare(WeightBinding candidate)
        {
            using (candidate) return LayoutCheck.Compare(model, candidate);
        }

        OrtSession Plain(string name) => OrtSession.Load(runtime.Environment, Path.Combine(_folder[name], "model.onnx"), new SessionSettings());

        WeightBinding Shared(string name)
        {
            using SharedModel shared = SharedModel.TryOpen(Path.Combine(_folder[name], "model.onnx"), models.Architectures.Plans, out _)!;
            return new WeightBinding(models.Architectures, models.Architectures.Acquire(runtime.Environment, shared.AsExported), shared.Map());
        }
    }

    /// <summary>Writes a model that shares a session, or one that cannot, because it has more weights in Attention nodes than a graph may hold.</summary>
    private LocalModels Write(bool shared, PromotionRule? rule = null)
    {
        ExportedModel.Write(_folder["m"], BertOptions.Mini with { Style = shared ? BertStyle.Exported : BertStyle.Fused });
        LayoutStore? store = LayoutStore.TryOpen(_folder["cache"], 1L << 30, out string? reason);
        Assert.Null(reason);
        return new LocalModels(runtime.Environment, rule ?? ThirdAnswer, store);
    }
}
