using Thaw.FunctionalTests.InProcess.Runtime;
using Thaw.Inference.Architectures;
using Thaw.Inference.Layouts;
using Thaw.Inference.Serving;
using Thaw.TestModels;
using Thaw.TestModels.Bert;

namespace Thaw.FunctionalTests.InProcess.Layouts;

/// <summary>Laid-out weights on disk: used if they are right, written again if they are not, and not needed if they cannot be written.</summary>
[Trait("Category", "inprocess")]
[Collection(nameof(OnnxRuntimeCollection))]
public sealed class LaidOutModelTests : IDisposable
{
    private const long Large = 1L << 30;

    // A file that changed in the last seconds may change again without a sign of it: nothing is linked to it.
    private static readonly TimeSpan Settling = TimeSpan.FromSeconds(3.1);

    private static readonly PromotionRule FirstAnswer = new(1, TimeSpan.FromMinutes(10));

    private readonly OnnxRuntimeFixture _runtime;
    private readonly TemporaryFolder _folder = new();

    public LaidOutModelTests(OnnxRuntimeFixture runtime)
    {
        _runtime = runtime;
        ExportedModel.Write(_folder["m"], BertOptions.Mini);
    }

    public void Dispose() => _folder.Dispose();

    private string Entry => Directory.GetFiles(_folder["cache"], "*.weights").Single();

    [Fact]
    public async Task A_promotion_stores_its_work_and_the_next_one_uses_it()
    {
        await PromoteAsync(Open());
        DateTime made = File.GetLastWriteTimeUtc(Entry);
        await PromoteAsync(Open());
        Assert.Equal(made, File.GetLastWriteTimeUtc(Entry));
    }

    [Fact]
    public async Task Laid_out_weights_take_no_private_memory_and_less_than_the_file_on_the_disk()
    {
        using var models = new LocalModels(_runtime.Environment, FirstAnswer, Open());
        using LoadedModel model = models.Load(_folder["m"]);
        long before = model.ReservedBytes;
        await models.InvokeAsync(model);
        Assert.Null(models.Results.Take().Failure);
        Assert.Equal(WeightForm.LaidOut, model.Form);
        // Joined biases were copied before, and are laid out now.
        Assert.InRange(model.ReservedBytes, before / 2, before - 1);
        // The model's own file stays mapped for its tables.
        long file = new FileInfo(Path.Combine(_folder["m"], "model.onnx")).Length, entry = new FileInfo(Entry).Length;
        Assert.Equal(file + entry, model.MappedBytes);
        Assert.InRange(entry, 1, file * 85 / 100);
        Assert.Contains(Mapped(), line => line.EndsWith(".weights", StringComparison.Ordinal));
        Assert.Contains(Mapped(), line => line.EndsWith("model.onnx", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_next_load_of_settled_files_maps_the_laid_out_weights_at_once_and_one_of_changed_files_does_not()
    {
        await Task.Delay(Settling);
        await PromoteAsync(Open());
        using var models = new LocalModels(_runtime.Environment, FirstAnswer, Open());
        using (LoadedModel model = models.Load(_folder["m"]))
        {
            Assert.Equal((WeightForm.LaidOut, true), (model.Form, model.IsShared));
            Assert.InRange(LocalModels.Difference(await models.ExpectAsync(_folder["m"]), await models.InvokeAsync(model)), 0, 1e-4);
            Assert.False(models.Results.TryTake(out _, 100));
        }

        ExportedModel.Write(_folder["other"], BertOptions.Mini with { Seed = 5 });
        File.Move(Path.Combine(_folder["other"], "model.onnx"), Path.Combine(_folder["m"], "model.onnx"), overwrite: true);
        using LoadedModel changed = models.Load(_folder["m"]);
        Assert.Equal(WeightForm.Exported, changed.Form);
        Assert.InRange(LocalModels.Difference(await models.ExpectAsync(_folder["m"]), await models.InvokeAsync(changed)), 0, 1e-4);
    }

    [Theory]
    [InlineData("a byte of the weights")]
    [InlineData("the end")]
    [InlineData("everything")]
    [InlineData("the file")]
    [InlineData("the reference")]
    public async Task A_damaged_entry_is_replaced(string damage)
    {
        await PromoteAsync(Open());
        string entry = Entry;
        byte[] good = File.ReadAllBytes(entry);
        switch (damage)
        {
            case "a byte of the weights": Rewrite(bytes => { bytes[bytes.Length / 2] ^= 1; return bytes; }); break;
            case "the end": Rewrite(bytes => bytes[..^4096]); break;
            case "everything": Rewrite(_ => []); break;
            case "the file": File.Delete(entry); break;
            case "the reference":
                foreach (string reference in Directory.GetFiles(_folder["cache"], "*.ref")) File.WriteAllText(reference, "damaged");
                break;
        }

        await PromoteAsync(Open());
        Assert.Equal(entry, Entry);
        Assert.True(good.AsSpan().SequenceEqual(File.ReadAllBytes(entry)));

        void Rewrite(Func<byte[], byte[]> change)
        {
            // A new file: a session may have the old one mapped.
            File.Delete(entry);
            File.WriteAllBytes(entry, change([.. good]));
        }
    }

    [Fact]
    public async Task An_entry_with_the_weights_of_another_model_is_replaced()
    {
        await PromoteAsync(Open());
        string entry = Entry;
        byte[] good = File.ReadAllBytes(entry);
        File.Delete(entry);
        ExportedModel.Write(_folder["m"], BertOptions.Mini with { Seed = 5 });
        await PromoteAsync(Open());
        Assert.NotEqual(entry, Entry);
        File.Move(Entry, entry);
        ExportedModel.Write(_folder["m"], BertOptions.Mini);
        await PromoteAsync(Open());
        Assert.True(good.AsSpan().SequenceEqual(File.ReadAllBytes(entry)));
    }

    [Fact]
    public async Task The_least_recently_used_entry_is_deleted_when_the_store_is_full()
    {
        await PromoteAsync(Open());
        string first = Entry;
        long size = new FileInfo(first).Length;
        ExportedModel.Write(_folder["m"], BertOptions.Mini with { Seed = 2 });
        await PromoteAsync(Open(size * 5 / 2));
        string second = Assert.Single(Directory.GetFiles(_folder["cache"], "*.weights"), path => path != first);
        // Times of files are in seconds here.
        File.SetLastWriteTimeUtc(second, DateTime.UtcNow.AddMinutes(-5));
        ExportedModel.Write(_folder["m"], BertOptions.Mini with { Seed = 3 });
        await PromoteAsync(Open(size * 5 / 2));
        string[] left = Directory.GetFiles(_folder["cache"], "*.weights");
        Assert.Equal(2, left.Length);
        Assert.Contains(first, left);
        Assert.DoesNotContain(second, left);
    }

    [Theory]
    [InlineData(1 << 20, "limit")]
    [InlineData(0, "no cache directory")]
    public async Task What_does_not_fit_costs_only_speed(long limit, string expected)
    {
        using var models = new LocalModels(_runtime.Environment, FirstAnswer, limit == 0 ? null : Open(limit));
        float[] plain = await models.ExpectAsync(_folder["m"]);
        using LoadedModel model = models.Load(_folder["m"]);
        await models.InvokeAsync(model);
        Assert.Contains(expected, models.Results.Take().Failure);
        Assert.Equal((WeightForm.Exported, true), (model.Form, model.IsShared));
        Assert.InRange(LocalModels.Difference(plain, await models.InvokeAsync(model)), 0, 1e-4);
        Assert.False(models.Results.TryTake(out _, 100));
        if (limit > 0) Assert.Empty(Directory.GetFiles(_folder["cache"]));
    }

    [Fact]
    public async Task Losing_the_directory_costs_only_speed()
    {
        LayoutStore store = Open();
        Directory.Delete(_folder["cache"], recursive: true);
        File.WriteAllText(_folder["cache"], "in the way");
        using var models = new LocalModels(_runtime.Environment, FirstAnswer, store);
        float[] plain = await models.ExpectAsync(_folder["m"]);
        using LoadedModel model = models.Load(_folder["m"]);
        await models.InvokeAsync(model);
        Assert.NotNull(models.Results.Take().Failure);
        Assert.InRange(LocalModels.Difference(plain, await models.InvokeAsync(model)), 0, 1e-4);
    }

    [Fact]
    public async Task Files_that_are_replaced_while_their_weights_are_laid_out_leave_no_entry()
    {
        LayoutStore store = Open();
        using var models = new LocalModels(_runtime.Environment, FirstAnswer, store);
        float[] plain = await models.ExpectAsync(_folder["m"]);
        using LoadedModel model = models.Load(_folder["m"]);
        ExportedModel.Write(_folder["other"], BertOptions.Mini with { Seed = 5 });
        File.Move(Path.Combine(_folder["other"], "model.onnx"), Path.Combine(_folder["m"], "model.onnx"), overwrite: true);
        await models.InvokeAsync(model);
        Assert.Contains("replaced", models.Results.Take().Failure);
        Assert.Equal(WeightForm.Exported, model.Form);
        Assert.InRange(LocalModels.Difference(plain, await models.InvokeAsync(model)), 0, 1e-4);
        Assert.Empty(Directory.GetFiles(_folder["cache"]));
    }

    [Fact]
    public async Task Several_promotions_that_write_the_same_entry_at_once_all_succeed()
    {
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() => PromoteAsync(Open()))));
        Assert.EndsWith(".weights", Assert.Single(Directory.GetFiles(_folder["cache"]), file => !file.EndsWith(".ref", StringComparison.Ordinal)));
    }

    [Fact]
    public void A_folder_that_others_may_write_to_or_that_is_in_memory_is_not_used()
    {
        Directory.CreateDirectory(_folder["open"]);
        File.SetUnixFileMode(_folder["open"], (UnixFileMode)511);
        Assert.Null(LayoutStore.TryOpen(_folder["open"], Large, out string? reason));
        Assert.Contains("other users may write", reason);
        File.CreateSymbolicLink(_folder["link"], _folder["m"]);
        Assert.Null(LayoutStore.TryOpen(_folder["link"], Large, out reason));
        Assert.Contains("another user", reason);
        Assert.Null(LayoutStore.TryOpen(Path.Combine(_folder["m"], "model.onnx"), Large, out reason));
        Assert.NotNull(reason);
        string memory = Path.Combine("/dev/shm", Path.GetRandomFileName());
        Assert.Null(LayoutStore.TryOpen(memory, Large, out reason));
        Assert.NotNull(reason);
        if (Directory.Exists(memory)) Directory.Delete(memory);
    }

    private LayoutStore Open(long limit = Large)
    {
        LayoutStore? store = LayoutStore.TryOpen(_folder["cache"], limit, out string? reason);
        Assert.Null(reason);
        return store!;
    }

    private string[] Mapped() => [.. File.ReadLines("/proc/self/maps").Where(line => line.Contains(_folder.Path, StringComparison.Ordinal))];

    /// <summary>Loads the model, promotes it and compares its answers.</summary>
    private async Task PromoteAsync(LayoutStore store)
    {
        using var models = new LocalModels(_runtime.Environment, FirstAnswer, store);
        float[] expected = await models.ExpectAsync(_folder["m"]);
        using LoadedModel model = models.Load(_folder["m"]);
        await models.InvokeAsync(model);
        if (model.Form == WeightForm.Exported) Assert.Null(models.Results.Take().Failure);
        Assert.Equal(WeightForm.LaidOut, model.Form);
        Assert.InRange(LocalModels.Difference(expected, await models.InvokeAsync(model)), 0, 1e-4);
    }
}
