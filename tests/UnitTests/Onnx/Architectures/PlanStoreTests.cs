using System.Collections.Concurrent;
using Thaw.Onnx.Architectures;
using Thaw.TestModels;
using Thaw.TestModels.Bert;

namespace Thaw.UnitTests.Onnx.Architectures;

/// <summary>What a process finds of what another one has analysed.</summary>
public sealed class PlanStoreTests : IDisposable
{
    private const int Damages = 500;

    private readonly TemporaryFolder _folder = new();
    private readonly ConcurrentBag<PlanTable> _tables = [];

    public void Dispose()
    {
        WaitForWrites();
        _folder.Dispose();
    }

    [Theory]
    [InlineData(BertArchitecture.Bert, BertStyle.Exported, Quantization.None)]
    [InlineData(BertArchitecture.DistilBert, BertStyle.Exported, Quantization.None)]
    [InlineData(BertArchitecture.Bert, BertStyle.Exported, Quantization.PerTensor)]
    public void A_later_process_finds_the_plan(BertArchitecture architecture, BertStyle style, Quantization quantization)
    {
        string path = Write(BertOptions.Tiny with { Architecture = architecture, Style = style, Quantization = quantization });
        using SharedModel first = Analyse(path);
        string file = OnlyFile();
        byte[] content = File.ReadAllBytes(file);
        using SharedModel? second = Find(path, out string? reason);
        Assert.True(second is not null, reason);
        Assert.Equal(first.AsExported, second.AsExported);
        Assert.Equal(first.LaidOut, second.LaidOut);
        Assert.Equal(first.LayoutKey, second.LayoutKey);
        Assert.Equal(first.CopiedBytes, second.CopiedBytes);
        Assert.Equal(content, File.ReadAllBytes(file));
    }

    [Fact]
    public void It_applies_only_to_the_same_structure()
    {
        string path = Write(BertOptions.Tiny);
        Analyse(path).Dispose();
        using (SharedModel? same = Find(Write(BertOptions.Tiny with { Seed = 2 }), out _)) Assert.NotNull(same);
        Assert.Null(Find(Write(BertOptions.Tiny with { Layers = 3 }), out _));
    }

    [Fact]
    public void Another_structures_file_is_not_taken()
    {
        string path = Write(BertOptions.Tiny), other = Write(BertOptions.Tiny with { Layers = 3 });
        Analyse(path).Dispose();
        string file = OnlyFile();
        byte[] content = File.ReadAllBytes(file);
        File.Delete(file);
        Analyse(other).Dispose();
        File.WriteAllBytes(OnlyFile(), content);
        Assert.Null(Find(other, out _));
    }

    [Fact]
    public void A_damaged_file_counts_as_missing_and_is_replaced()
    {
        string path = Write(BertOptions.Tiny);
        Analyse(path).Dispose();
        string file = OnlyFile();
        byte[] whole = File.ReadAllBytes(file);
        var random = new Random(1);
        for (int i = 0; i < Damages; i++)
        {
            byte[] damaged = i % 2 == 0 ? whole[..random.Next(whole.Length)] : [.. whole];
            if (i % 2 == 1) damaged[random.Next(whole.Length)] ^= (byte)(1 << random.Next(8));
            File.WriteAllBytes(file, damaged);
            Assert.Null(Find(path, out string? reason));
            Assert.Null(reason);
        }

        Analyse(path).Dispose();
        Assert.Equal(whole, File.ReadAllBytes(file));
        using SharedModel? found = Find(path, out _);
        Assert.NotNull(found);
    }

    [Fact]
    public void The_graphs_used_last_come_first()
    {
        string path = Write(BertOptions.Tiny), other = Write(BertOptions.Tiny with { Layers = 3 });
        using SharedModel first = Analyse(path);
        File.SetLastWriteTimeUtc(OnlyFile(), DateTime.UtcNow.AddDays(-1));
        using SharedModel second = Analyse(other);
        Assert.Null(SharedModel.TryOpen(Write(BertOptions.Mini with { Style = BertStyle.Fused }), NewTable(), out _));
        WaitForWrites();
        Assert.Equal(3, Files().Length);
        Assert.Equal([second.AsExported, second.LaidOut!], NewTable().Latest(1));
        Assert.Equal([second.AsExported, second.LaidOut!, first.AsExported, first.LaidOut!], NewTable().Latest(2));
        Find(path, out _)!.Dispose();
        Assert.Equal([first.AsExported, first.LaidOut!], NewTable().Latest(1));
        PlanTable table = NewTable();
        Assert.NotEqual(0, table.Seed);
        Directory.Delete(_folder["plans"], recursive: true);
        Assert.Empty(table.Latest(1));
        Assert.Empty(new PlanTable().Latest(1));
    }

    [Fact]
    public void A_refusal_is_remembered_too()
    {
        string path = Write(BertOptions.Mini with { Style = BertStyle.Fused });
        Assert.Null(SharedModel.TryOpen(path, NewTable(), out string? reason));
        WaitForWrites();
        Assert.Null(Find(path, out string? found));
        Assert.Equal(reason, found);
        Assert.Contains("constants", found);
    }

    [Fact]
    public void A_damaged_seed_is_replaced()
    {
        string path = Write(BertOptions.Tiny), seed = Path.Combine(_folder["plans"], "seed");
        Analyse(path).Dispose();
        File.WriteAllBytes(seed, [1, 2, 3]);
        Assert.Null(Find(path, out _));
        Assert.Equal(sizeof(long), new FileInfo(seed).Length);
        Analyse(path).Dispose();
        Assert.Equal(2, Files().Length);
        using SharedModel? found = Find(path, out _);
        Assert.NotNull(found);
    }

    [Fact]
    public void The_files_not_used_for_the_longest_time_are_removed()
    {
        PlanStore store = PlanStore.TryOpen(_folder["plans"])!;
        for (int i = 0; i < PlanStore.MostFiles; i++) store.Write((UInt128)i, KnownStructure.Nothing with { Refusal = "no" });
        foreach (string file in Files()) File.SetLastWriteTimeUtc(file, DateTime.UtcNow.AddDays(-1));
        Assert.NotNull(store.Read(0));
        for (int i = 0; i < PlanStore.MostFiles - 1; i++) store.Write((UInt128)(i + 1000), KnownStructure.Nothing with { Refusal = "no" });
        Assert.Equal(PlanStore.MostFiles, Files().Length);
        Assert.NotNull(store.Read(0));
        Assert.All(Enumerable.Range(1, PlanStore.MostFiles - 1), i => Assert.Null(store.Read((UInt128)i)));
    }

    [Fact]
    public void Without_a_directory_there_is_no_store()
    {
        File.WriteAllText(_folder["plans"], "not a directory");
        Assert.Null(PlanStore.TryOpen(_folder["plans"]));
    }

    [Fact]
    public void A_lost_directory_costs_only_time()
    {
        PlanTable plans = NewTable();
        string path = Write(BertOptions.Tiny);
        Assert.NotEqual(0, plans.Seed);
        Directory.Delete(_folder["plans"], recursive: true);
        using SharedModel? model = SharedModel.TryOpen(path, plans, out string? reason);
        Assert.True(model is not null, reason);
    }

    [Fact]
    public async Task Processes_write_and_read_at_the_same_time()
    {
        string[] paths = [.. Enumerable.Range(1, 3).Select(layers => Write(BertOptions.Tiny with { Layers = layers }))];
        await Task.WhenAll(Enumerable.Range(0, 4).Select(worker => Task.Run(() =>
        {
            for (int round = 0; round < 50; round++)
            {
                using SharedModel? model = SharedModel.TryOpen(paths[(worker + round) % paths.Length], NewTable(), out string? reason);
                Assert.True(model is not null, reason);
            }
        })));
        WaitForWrites();
        Assert.Equal(paths.Length, Files().Length);
        foreach (string path in paths)
        {
            using SharedModel? found = Find(path, out _);
            Assert.NotNull(found);
        }
    }

    /// <summary>As in a process of its own.</summary>
    private PlanTable NewTable()
    {
        var table = new PlanTable(() => PlanStore.TryOpen(_folder["plans"]));
        _tables.Add(table);
        return table;
    }

    private void WaitForWrites() => Task.WaitAll([.. _tables.Select(table => table.Stored)]);

    private SharedModel Analyse(string path)
    {
        SharedModel? model = SharedModel.TryOpen(path, NewTable(), out string? reason);
        Assert.True(model is not null, reason);
        WaitForWrites();
        return model;
    }

    /// <summary>Opens a model as a later process does, without leave to analyse.</summary>
    private SharedModel? Find(string path, out string? reason) => SharedModel.TryOpen(path, NewTable(), out reason, static () => false);

    private string Write(BertOptions options)
    {
        string directory = _folder[Guid.NewGuid().ToString("N")];
        ExportedModel.Write(directory, options);
        return Path.Combine(directory, "model.onnx");
    }

    private string[] Files() => Directory.GetFiles(_folder["plans"], "*.plan");

    private string OnlyFile() => Assert.Single(Files());
}
