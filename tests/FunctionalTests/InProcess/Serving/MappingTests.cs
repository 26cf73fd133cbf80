using Thaw.FunctionalTests.InProcess.Layouts;
using Thaw.FunctionalTests.InProcess.Preparing;
using Thaw.FunctionalTests.InProcess.Runtime;
using Thaw.Inference;
using Thaw.Inference.Architectures;
using Thaw.Inference.Layouts;
using Thaw.Inference.Serving;
using Thaw.Onnx.Linux;
using Thaw.TestModels;
using Thaw.TestModels.Bert;

namespace Thaw.FunctionalTests.InProcess.Serving;

/// <summary>What a model takes of the mappings and descriptors of the process, and what happens when there are no more.</summary>
[Trait("Category", "inprocess")]
[Collection(nameof(OnnxRuntimeCollection))]
public sealed class MappingTests(OnnxRuntimeFixture runtime) : IDisposable
{
    private static readonly PromotionRule FirstAnswer = new(1, TimeSpan.FromMinutes(10));

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("exported", 1)]
    [InlineData("external", 2)]
    [InlineData("prepared", 2)]
    [InlineData("own", 1)]
    [InlineData("own-external", 2)]
    public async Task A_model_takes_one_mapping_for_each_of_its_files_and_no_descriptor(string form, int files)
    {
        Write(form);
        using var models = new LocalModels(runtime.Environment, FirstAnswer);
        using (LoadedModel model = models.Load(_folder["m"]))
        {
            await models.InvokeAsync(model);
            Assert.Equal(form.StartsWith("own", StringComparison.Ordinal), !model.IsShared);
            Assert.Null(model.CopyReason);
            model.ReleasePageTables();
            await models.InvokeAsync(model);
            AssertMapped(files);
        }

        AssertMapped(0);
    }

    [Fact]
    public async Task A_laid_out_model_takes_one_for_its_own_file_and_one_for_the_laid_out_one()
    {
        Write("exported");
        using var models = new LocalModels(runtime.Environment, FirstAnswer, LayoutStore.TryOpen(_folder["cache"], 1L << 30, out _));
        using (LoadedModel model = models.Load(_folder["m"]))
        {
            await models.InvokeAsync(model);
            Assert.Null(models.Results.Take().Failure);
            Assert.Equal(WeightForm.LaidOut, model.Form);
            AssertMapped(2);
        }

        AssertMapped(0);
    }

    [Theory]
    [InlineData("exported")]
    [InlineData("external")]
    [InlineData("own")]
    [InlineData("own-external")]
    public async Task Without_mappings_a_load_is_refused_and_leaves_nothing_and_loaded_models_go_on(string form)
    {
        Write(form);
        ExportedModel.Write(_folder["first"], BertOptions.Tiny);
        using var models = new LocalModels(runtime.Environment, FirstAnswer, LayoutStore.TryOpen(_folder["cache"], 1L << 30, out _));
        using LoadedModel first = models.Load(_folder["first"]);
        long reserved = models.Budget.Reserved;
        int taken = 0;
        try
        {
            while (TryTake()) taken++;
            // For a model with two files, the second is then one too many.
            for (int free = 0; free < (form.EndsWith("external", StringComparison.Ordinal) ? 2 : 1); free++)
            {
                Result<LoadedModel> loaded = models.TryLoad(_folder["m"]);
                Assert.Equal(InferenceErrorKind.OutOfMemory, loaded.Error?.Kind);
                Assert.Contains("vm.max_map_count", loaded.Error!.Message);
                AssertMapped(0);
                Assert.Equal(reserved, models.Budget.Reserved);
                MappingLimit.OfProcess.Return();
                taken--;
            }

            MappingLimit.OfProcess.Take();
            taken++;
            while (TryTake()) taken++;
            await models.InvokeAsync(first);
            Assert.Contains("vm.max_map_count", models.Results.Take().Failure);
        }
        finally
        {
            for (; taken > 0; taken--) MappingLimit.OfProcess.Return();
        }

        // The promotion is tried again, too.
        await models.InvokeAsync(first);
        Assert.True(SpinWait.SpinUntil(() => first.Form == WeightForm.LaidOut, TimeSpan.FromMinutes(1)));
        using LoadedModel model = models.Load(_folder["m"]);
        await models.InvokeAsync(model);
    }

    private static bool TryTake()
    {
        try
        {
            MappingLimit.OfProcess.Take();
            return true;
        }
        catch (SystemLimitException)
        {
            return false;
        }
    }

    private void Write(string form)
    {
        string made = form == "prepared" ? "source" : "m";
        BertStyle style = form.StartsWith("own", StringComparison.Ordinal) ? BertStyle.Fused : BertStyle.Exported;
        ExportedModel.Write(_folder[made], BertOptions.Mini with { Style = style, ExternalData = form.EndsWith("external", StringComparison.Ordinal) });
        if (form != "prepared") return;
        ExportedModel.Write(_folder["m"], BertOptions.Mini);
        Assert.NotEqual(0, Prepared.Write(Path.Combine(_folder[made], "model.onnx"), Path.Combine(_folder["m"], "model.onnx"), smallest: 1024));
    }

    /// <summary>Checks the mappings of the model's and the laid-out files, and that none is open.</summary>
    private void AssertMapped(int files)
    {
        string[] mapped = [.. File.ReadLines("/proc/self/maps").Where(line => IsOf("m", line) || IsOf("cache", line))];
        Assert.Equal(files, mapped.Length);
        Assert.Equal(files, mapped.Select(line => line[line.IndexOf('/')..]).Distinct().Count());
        // The thread that reads ahead has one open for some milliseconds.
        Assert.True(SpinWait.SpinUntil(() => !Open().Any(), TimeSpan.FromSeconds(10)), string.Join(", ", Open()));

        bool IsOf(string folder, string text) => text.Contains(_folder[folder] + "/", StringComparison.Ordinal);

        IEnumerable<string> Open() => Directory.GetFiles("/proc/self/fd")
            .Select(link => new FileInfo(link).LinkTarget).OfType<string>().Where(file => IsOf("m", file) || IsOf("cache", file));
    }
}
