using Thaw.FunctionalTests.InProcess.Runtime;
using Thaw.Inference.Caching;
using Thaw.Inference.Memory;
using Thaw.Inference.Serving;
using Thaw.Inference.Tiers;
using Thaw.Onnx.InPlace;
using Thaw.TestModels;
using Thaw.TestModels.Bert;

namespace Thaw.FunctionalTests.InProcess.Tiers;

/// <summary>Packed weights on disk: used if they are right, written again if they are not, and not needed if they cannot be written.</summary>
[Trait("Category", "inprocess")]
[Collection(nameof(OnnxRuntimeCollection))]
public sealed class CacheTests : IDisposable
{
    private const long Large = 1L << 30;

    private static readonly PromotionRule FirstAnswer = new(1, TimeSpan.FromMinutes(10));

    private readonly OnnxRuntimeFixture _runtime;
    private readonly TemporaryFolder _folder = new();

    public CacheTests(OnnxRuntimeFixture runtime)
    {
        _runtime = runtime;
        ExportedModel.Write(_folder["m"], BertOptions.Mini);
    }

    public void Dispose() => _folder.Dispose();

    private string Entry => Directory.GetDirectories(_folder["cache"]).Single();

    [Fact]
    public async Task A_promotion_stores_its_work_and_the_next_one_uses_it()
    {
        await PromoteAsync(Open());
        DateTime made = File.GetLastWriteTimeUtc(Path.Combine(Entry, "weights.bin"));
        await PromoteAsync(Open());
        Assert.Equal(made, File.GetLastWriteTimeUtc(Path.Combine(Entry, "weights.bin")));
    }

    [Fact]
    public async Task Packed_weights_from_the_cache_take_no_private_memory()
    {
        using var models = new LocalModels(_runtime.Environment, FirstAnswer, Open());
        using LoadedModel model = models.Load(_folder["m"]);
        long before = model.ReservedBytes;
        await models.InvokeAsync(model);
        Assert.Null(models.Results.Take().Failure);
        Assert.Equal((1, before), (model.Tier, model.ReservedBytes));
        Assert.Equal(new FileInfo(Path.Combine(Entry, "weights.bin")).Length, model.MappedBytes);
        string[] mapped = [.. File.ReadLines("/proc/self/maps").Where(line => line.Contains(_folder.Path, StringComparison.Ordinal))];
        Assert.Contains(mapped, line => line.EndsWith("weights.bin", StringComparison.Ordinal));
        Assert.DoesNotContain(mapped, line => line.EndsWith("model.onnx", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("a byte of the weights")]
    [InlineData("the end of the weights")]
    [InlineData("the weights")]
    [InlineData("a byte of the graph")]
    [InlineData("the graph")]
    [InlineData("the seal")]
    [InlineData("a word of the seal")]
    [InlineData("everything")]
    public async Task A_damaged_entry_is_replaced(string damage)
    {
        await PromoteAsync(Open());
        string entry = Entry;
        byte[] good = File.ReadAllBytes(Path.Combine(entry, "weights.bin"));
        string name = damage.EndsWith("weights", StringComparison.Ordinal) ? "weights.bin"
            : damage.EndsWith("graph", StringComparison.Ordinal) ? "model.onnx"
            : "seal";
        string file = Path.Combine(entry, name);
        if (damage == "everything") foreach (string path in Directory.GetFiles(entry)) File.WriteAllText(path, "");
        else if (damage.StartsWith("the end", StringComparison.Ordinal)) Rewrite(file, bytes => bytes[..^4096]);
        else if (damage.StartsWith("a ", StringComparison.Ordinal)) Rewrite(file, bytes => { bytes[bytes.Length / 2] ^= 1; return bytes; });
        else File.Delete(file);

        await PromoteAsync(Open());
        Assert.Equal(entry, Entry);
        Assert.Equal(good, File.ReadAllBytes(Path.Combine(entry, "weights.bin")));
    }

    [Fact]
    public async Task An_entry_with_the_weights_of_another_model_is_replaced()
    {
        await PromoteAsync(Open());
        string entry = Entry;
        Directory.Move(entry, _folder["right"]);
        ExportedModel.Write(_folder["m"], BertOptions.Mini with { Seed = 5 });
        await PromoteAsync(Open());
        Assert.NotEqual(entry, Entry);
        Directory.Move(Entry, entry);
        ExportedModel.Write(_folder["m"], BertOptions.Mini);
        await PromoteAsync(Open());
        Assert.Equal(File.ReadAllBytes(Path.Combine(_folder["right"], "weights.bin")), File.ReadAllBytes(Path.Combine(entry, "weights.bin")));
    }

    [Fact]
    public void The_same_file_with_a_graph_rewritten_in_another_way_is_another_entry()
    {
        PackedCache cache = Open();
        string path = Path.Combine(_folder["m"], "model.onnx"), fused = KeyOf(new InPlaceRules());
        Assert.Equal(fused, KeyOf(new InPlaceRules()));
        Assert.NotEqual(fused, KeyOf(new InPlaceRules { Fuse = false }));

        string KeyOf(InPlaceRules rules)
        {
            using InPlaceModel model = InPlaceModel.TryOpen(path, rules, out _)!;
            return cache.KeyOf(model, CancellationToken.None);
        }
    }

    [Fact]
    public async Task Without_room_in_the_budget_nothing_is_read_from_the_cache()
    {
        await PromoteAsync(Open());
        string seal = Path.Combine(Entry, "seal");
        File.SetLastWriteTimeUtc(seal, DateTime.UnixEpoch);
        using var models = new LocalModels(_runtime.Environment, FirstAnswer, Open());
        using LoadedModel model = models.Load(_folder["m"]);
        using MemoryReservation rest = models.Budget.TryReserve(models.Budget.Limit - models.Budget.Reserved)!;
        await models.InvokeAsync(model);
        Assert.Contains("memory limit", models.Results.Take().Failure);
        Assert.Equal(DateTime.UnixEpoch, File.GetLastWriteTimeUtc(seal));
    }

    [Fact]
    public async Task The_least_recently_used_entry_is_deleted_when_the_cache_is_full()
    {
        await PromoteAsync(Open());
        long size = Directory.GetFiles(Entry).Sum(file => new FileInfo(file).Length);
        List<string> entries = [Entry];
        for (int seed = 2; seed <= 3; seed++)
        {
            // The first is used again before the third needs room.
            if (seed == 3) await PromoteAsync(Open(size * 5 / 2));
            ExportedModel.Write(_folder["m"], BertOptions.Mini with { Seed = seed });
            await PromoteAsync(Open(size * 5 / 2));
            entries.Add(Directory.GetDirectories(_folder["cache"]).Except(entries).Single());
            ExportedModel.Write(_folder["m"], BertOptions.Mini);
        }

        Assert.Equal(new[] { entries[0], entries[2] }.Order(), Directory.GetDirectories(_folder["cache"]).Order());
    }

    [Fact]
    public async Task What_does_not_fit_is_packed_in_memory()
    {
        using var models = new LocalModels(_runtime.Environment, FirstAnswer, Open(limit: 1 << 20));
        using LoadedModel model = models.Load(_folder["m"]);
        await models.InvokeAsync(model);
        Assert.Null(models.Results.Take().Failure);
        Assert.Equal(1, model.Tier);
        Assert.Empty(Directory.GetFileSystemEntries(_folder["cache"]));
    }

    [Fact]
    public async Task Losing_the_directory_costs_only_the_cache()
    {
        PackedCache cache = Open();
        Directory.Delete(_folder["cache"]);
        File.WriteAllText(_folder["cache"], "in the way");
        await PromoteAsync(cache);
    }

    [Fact]
    public async Task Several_promotions_that_write_the_same_entry_at_once_all_succeed()
    {
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() => PromoteAsync(Open()))));
        Assert.Equal(["model.onnx", "seal", "weights.bin"], Directory.GetFiles(Entry).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.Single(Directory.GetFileSystemEntries(_folder["cache"]));
    }

    [Fact]
    public void A_folder_that_others_may_write_to_or_that_is_in_memory_is_not_used()
    {
        Directory.CreateDirectory(_folder["open"]);
        File.SetUnixFileMode(_folder["open"], (UnixFileMode)511);
        Assert.Null(PackedCache.TryOpen(_folder["open"], Large, out string? reason));
        Assert.Contains("other users may write", reason);
        File.CreateSymbolicLink(_folder["link"], _folder["m"]);
        Assert.Null(PackedCache.TryOpen(_folder["link"], Large, out reason));
        Assert.Contains("another user", reason);
        Assert.Null(PackedCache.TryOpen(Path.Combine(_folder["m"], "model.onnx"), Large, out reason));
        Assert.NotNull(reason);
        string memory = Path.Combine("/dev/shm", Path.GetRandomFileName());
        Assert.Null(PackedCache.TryOpen(memory, Large, out reason));
        Assert.NotNull(reason);
        if (Directory.Exists(memory)) Directory.Delete(memory);
    }

    [Fact]
    public async Task What_a_killed_process_left_is_deleted_and_what_is_being_written_stays()
    {
        Directory.CreateDirectory(_folder["cache"]);
        File.SetUnixFileMode(_folder["cache"], (UnixFileMode)448);
        foreach (string left in (string[])[".writing-dead", ".writing-empty"]) Directory.CreateDirectory(Path.Combine(_folder["cache"], left));
        File.WriteAllText(_folder["cache/.writing-dead/lock"], "");
        using (var draft = new CacheDraft(_folder["cache/.writing-alive"]))
        {
            await PromoteAsync(Open());
            Assert.Equal([".writing-alive"], Directory.GetDirectories(_folder["cache"], ".*").Select(Path.GetFileName));
        }

        Assert.Empty(Directory.GetDirectories(_folder["cache"], ".*"));
    }

    private PackedCache Open(long limit = Large)
    {
        PackedCache? cache = PackedCache.TryOpen(_folder["cache"], limit, out string? reason);
        Assert.Null(reason);
        return cache!;
    }

    /// <summary>Loads the model, promotes it and compares its answers.</summary>
    private async Task PromoteAsync(PackedCache cache)
    {
        using var models = new LocalModels(_runtime.Environment, FirstAnswer, cache);
        float[] expected = await models.ExpectAsync(_folder["m"]);
        using LoadedModel model = models.Load(_folder["m"]);
        await models.InvokeAsync(model);
        Assert.Null(models.Results.Take().Failure);
        Assert.Equal(1, model.Tier);
        Assert.InRange(LocalModels.Difference(expected, await models.InvokeAsync(model)), 0, 1e-4);
    }

    private static void Rewrite(string path, Func<byte[], byte[]> change)
    {
        // A new file: a session may have the old one mapped.
        byte[] changed = change(File.ReadAllBytes(path));
        File.Delete(path);
        File.WriteAllBytes(path, changed);
    }
}
