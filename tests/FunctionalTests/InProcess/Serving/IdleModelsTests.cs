using Thaw.FunctionalTests.InProcess.Layouts;
using Thaw.FunctionalTests.InProcess.Runtime;
using Thaw.Inference;
using Thaw.Inference.Architectures;
using Thaw.Inference.Layouts;
using Thaw.Inference.Serving;
using Thaw.TestModels;
using Thaw.TestModels.Bert;

namespace Thaw.FunctionalTests.InProcess.Serving;

/// <summary>Page tables of idle models go back to the system, and come again with the next run.</summary>
[Trait("Category", "inprocess")]
[Collection(nameof(OnnxRuntimeCollection))]
public sealed class IdleModelsTests(OnnxRuntimeFixture runtime) : IDisposable
{
    private static readonly PromotionRule Never = new(0, TimeSpan.FromMinutes(1));

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(BertStyle.Exported, true)]
    [InlineData(BertStyle.Fused, false)]
    public async Task A_model_gives_its_page_tables_back_once_until_it_is_used_again(BertStyle style, bool isShared)
    {
        // Hardly more than its weights are read by a run, so that they are most of the file.
        ExportedModel.Write(_folder["m"], BertOptions.Mini with { Style = style, VocabularySize = 2000 });
        using var local = new LocalModels(runtime.Environment, Never);
        using var loads = new WorkerPool("load", 1);
        var models = new ModelTable<LoadedModel>(local.TryLoad, loads);
        long small = new FileInfo(Path.Combine(_folder["m"], "model.onnx")).Length / 512;
        Assert.True((await models.LoadAsync("m", _folder["m"])).TryGet(out ModelLease<LoadedModel> lease, out InferenceError? refused), refused?.Message);
        LoadedModel model = lease.Model;
        Assert.Equal(isShared, model.IsShared);
        Assert.Equal(0, Release());
        lease.Dispose();
        float[] expected = await local.InvokeAsync(model);
        for (int round = 0; round < 3; round++)
        {
            Assert.InRange(model.PageTableBytes!.Value, small * 8 / 10, small + 8192);
            Assert.Equal(0, IdleModels.ReleasePageTables(models, TimeSpan.FromHours(1), () => true));
            Assert.Equal(0, IdleModels.ReleasePageTables(models, TimeSpan.Zero, () => false));
            Assert.InRange(model.PageTableBytes!.Value, small * 8 / 10, small + 8192);
            Assert.Equal(1, Release());
            Assert.Equal(0, model.PageTableBytes);
            Assert.Equal(0, Release());
            Assert.Equal(expected, await local.InvokeAsync(model));
        }

        Assert.Null(await models.UnloadAsync("m"));
        Assert.Equal(0, Release());

        int Release() => IdleModels.ReleasePageTables(models, TimeSpan.Zero, () => true);
    }

    [Fact]
    public async Task Laid_out_and_packed_weights_answer_the_same_afterwards()
    {
        ExportedModel.Write(_folder["shared"], BertOptions.Mini);
        ExportedModel.Write(_folder["own"], BertOptions.Mini with { Style = BertStyle.Fused });
        LayoutStore store = LayoutStore.TryOpen(_folder["cache"], 1L << 30, out _)!;
        using var local = new LocalModels(runtime.Environment, new PromotionRule(1, TimeSpan.FromMinutes(1)), store);
        using var loads = new WorkerPool("load", 1);
        var models = new ModelTable<LoadedModel>(local.TryLoad, loads);
        foreach ((string name, WeightForm form) in new[] { ("shared", WeightForm.LaidOut), ("own", WeightForm.Packed) })
        {
            Assert.True((await models.LoadAsync(name, _folder[name])).TryGet(out ModelLease<LoadedModel> lease, out _));
            LoadedModel model = lease.Model;
            lease.Dispose();
            await local.InvokeAsync(model);
            Assert.Null(local.Results.Take().Failure);
            Assert.Equal(form, model.Form);
            float[] expected = await local.InvokeAsync(model);
            Assert.Equal(1, IdleModels.ReleasePageTables(models, TimeSpan.Zero, () => true));
            Assert.Equal(0, model.PageTableBytes);
            Assert.Equal(expected, await local.InvokeAsync(model));
            Assert.Null(await models.UnloadAsync(name));
        }
    }
}
