using Thaw.FunctionalTests.InProcess.Architectures;
using Thaw.FunctionalTests.InProcess.Runtime;
using Thaw.Inference;
using Thaw.Inference.Architectures;
using Thaw.Inference.Layouts;
using Thaw.Inference.Serving;
using Thaw.Onnx.Format;
using Thaw.TestModels;
using Thaw.TestModels.Bert;

namespace Thaw.FunctionalTests.InProcess.Layouts;

/// <summary>Models in float16 and bfloat16: their weights are widened into the store once, and into private memory only without one.</summary>
[Trait("Category", "inprocess")]
[Collection(nameof(OnnxRuntimeCollection))]
public sealed class WidenedModelTests : IDisposable
{
    private const long Large = 1L << 30;

    // What a model in a shared session keeps reserved, besides its tokenizer.
    private const long Small = 64 << 10;

    // Of float16's arithmetic, for logits near 1.
    private const double OfHalves = 2e-2;

    // A file that changed in the last seconds may change again without a sign of it: nothing is linked to it.
    private static readonly TimeSpan Settling = TimeSpan.FromSeconds(3.1);

    private static readonly PromotionRule FirstAnswer = new(1, TimeSpan.FromMinutes(10));

    private readonly OnnxRuntimeFixture _runtime;
    private readonly TemporaryFolder _folder = new();

    public WidenedModelTests(OnnxRuntimeFixture runtime)
    {
        _runtime = runtime;
        Write("m", BertOptions.Mini);
    }

    public void Dispose() => _folder.Dispose();

    private string Entry => Directory.GetFiles(_folder["cache"], "*.weights").Single();

    private string File16 => Path.Combine(_folder["m"], ExportedModel.ModelName);

    [Theory]
    [InlineData(TensorElementType.Float16, false)]
    [InlineData(TensorElementType.Float16, true)]
    [InlineData(TensorElementType.BFloat16, false)]
    public async Task The_first_load_widens_into_the_store_and_the_next_one_maps_the_file(TensorElementType type, bool externalData)
    {
        Write("m", BertOptions.Mini with { ExternalData = externalData }, type);
        await Task.Delay(Settling);
        using var models = new LocalModels(_runtime.Environment, FirstAnswer, Open());
        using LoadedModel first = models.Load(_folder["m"]);
        Assert.Equal((WeightForm.LaidOut, true), (first.Form, first.IsShared));
        Assert.Null(first.CopyReason);
        Assert.InRange(first.ReservedBytes, 1, Small);
        DateTime made = File.GetLastWriteTimeUtc(Entry);
        float[] answer = await models.InvokeAsync(first);
        using LoadedModel second = models.Load(_folder["m"]);
        Assert.Equal((WeightForm.LaidOut, first.MappedBytes), (second.Form, second.MappedBytes));
        Assert.Equal(answer, await models.InvokeAsync(second));
        Assert.Equal(made, File.GetLastWriteTimeUtc(Entry));
        if (type == TensorElementType.Float16) Assert.InRange(LocalModels.Difference(await models.ExpectAsync(_folder["m"]), answer), 0, OfHalves);
        // There is nothing to promote.
        Assert.False(models.Results.TryTake(out _, 100));
    }

    [Theory]
    [InlineData(1 << 20, "limit")]
    [InlineData(0, "no cache directory")]
    public async Task Without_room_in_the_store_the_weights_are_widened_in_private_memory_which_is_reserved(long limit, string expected)
    {
        using var models = new LocalModels(_runtime.Environment, FirstAnswer, limit == 0 ? null : Open(limit));
        float[] plain = await models.ExpectAsync(_folder["m"]);
        long before = models.Budget.Reserved;
        using (LoadedModel model = models.Load(_folder["m"]))
        {
            Assert.Equal((WeightForm.Exported, true), (model.Form, model.IsShared));
            Assert.Contains(expected, model.CopyReason);
            // Twice the file, without the tables.
            long file = new FileInfo(File16).Length;
            Assert.InRange(model.ReservedBytes, file / 2, file * 2);
            Assert.InRange(LocalModels.Difference(plain, await models.InvokeAsync(model)), 0, OfHalves);
            Assert.Contains(expected, models.Results.Take().Failure);
        }

        Assert.Equal(before, models.Budget.Reserved);
    }

    [Fact]
    public async Task A_promotion_gives_the_private_memory_back()
    {
        LayoutStore store = Open();
        Directory.Delete(_folder["cache"], recursive: true);
        File.WriteAllText(_folder["cache"], "in the way");
        using var models = new LocalModels(_runtime.Environment, FirstAnswer, store);
        using LoadedModel model = models.Load(_folder["m"]);
        Assert.Equal(WeightForm.Exported, model.Form);
        File.Delete(_folder["cache"]);
        Directory.CreateDirectory(_folder["cache"]);
        float[] before = await models.InvokeAsync(model);
        Assert.Null(models.Results.Take().Failure);
        Assert.Equal(WeightForm.LaidOut, model.Form);
        Assert.InRange(model.ReservedBytes, 1, Small);
        Assert.InRange(LocalModels.Difference(before, await models.InvokeAsync(model)), 0, 1e-4);
    }

    [Fact]
    public async Task A_model_in_float16_and_one_in_float32_keep_their_own_weights()
    {
        ExportedModel.Write(_folder["single"], BertOptions.Mini);
        Write("other", BertOptions.Mini with { Seed = 5 });
        // The same bytes as m's under another type.
        Directory.CreateDirectory(_folder["alias"]);
        foreach (string file in Directory.GetFiles(_folder["m"])) File.Copy(file, Path.Combine(_folder["alias"], Path.GetFileName(file)));
        string alias = Path.Combine(_folder["alias"], ExportedModel.ModelName);
        ModelEdit.Write(alias, alias, model => Retype(model.Graph, TensorElementType.BFloat16));

        using var models = new LocalModels(_runtime.Environment, FirstAnswer, Open());
        using LoadedModel half = models.Load(_folder["m"]), single = models.Load(_folder["single"]), other = models.Load(_folder["other"]);
        using LoadedModel retyped = models.Load(_folder["alias"]);
        float[] ofHalf = await models.InvokeAsync(half), ofSingle = await models.InvokeAsync(single);
        Assert.InRange(LocalModels.Difference(ofSingle, ofHalf), 1e-7, OfHalves);
        Assert.True(LocalModels.Difference(ofHalf, await models.InvokeAsync(other)) > OfHalves);
        Assert.NotEqual(ofHalf, await models.InvokeAsync(retyped));
        Assert.Equal(ofHalf, await models.InvokeAsync(half));
        Assert.Null(models.Results.Take().Failure);
        Assert.InRange(LocalModels.Difference(ofSingle, await models.InvokeAsync(single)), 0, 1e-4);
        Assert.Equal(4, Directory.GetFiles(_folder["cache"], "*.weights").Length);
    }

    [Fact]
    public async Task Several_first_loads_of_the_same_files_at_once_all_succeed()
    {
        using var models = new LocalModels(_runtime.Environment, FirstAnswer, Open());
        LoadedModel[] loaded = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => Task.Run(() => models.Load(_folder["m"]))));
        float[] answer = await models.InvokeAsync(loaded[0]);
        foreach (LoadedModel model in loaded)
        {
            using LoadedModel held = model;
            Assert.Equal(WeightForm.LaidOut, model.Form);
            Assert.Equal(answer, await models.InvokeAsync(model));
        }

        Assert.EndsWith(".weights", Assert.Single(Directory.GetFiles(_folder["cache"]), file => !file.EndsWith(".ref", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_damaged_entry_is_written_again()
    {
        using var models = new LocalModels(_runtime.Environment, FirstAnswer, Open());
        float[] answer;
        using (LoadedModel model = models.Load(_folder["m"])) answer = await models.InvokeAsync(model);
        byte[] good = File.ReadAllBytes(Entry), bad = [.. good];
        bad[bad.Length / 2] ^= 1;
        string entry = Entry;
        File.Delete(entry);
        File.WriteAllBytes(entry, bad);
        using LoadedModel again = models.Load(_folder["m"]);
        Assert.Equal(answer, await models.InvokeAsync(again));
        Assert.True(good.AsSpan().SequenceEqual(File.ReadAllBytes(Entry)));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_truncated_file_is_refused_and_leaves_nothing(bool externalData)
    {
        Write("m", BertOptions.Mini with { ExternalData = externalData });
        string file = externalData ? $"{File16}_data" : File16;
        byte[] bytes = File.ReadAllBytes(file);
        File.WriteAllBytes(file, bytes[..(bytes.Length / 2)]);
        using var models = new LocalModels(_runtime.Environment, FirstAnswer, Open());
        Result<LoadedModel> refused = models.TryLoad(_folder["m"]);
        Assert.Equal(InferenceErrorKind.InvalidModel, refused.Error?.Kind);
        Assert.Contains(ExportedModel.ModelName, refused.Error!.Message);
        Assert.Equal(0, models.Budget.Reserved);
        Assert.Empty(Directory.GetFiles(_folder["cache"]));
    }

    [Fact]
    public async Task A_graph_with_an_operator_that_is_not_known_gets_a_session_of_its_own()
    {
        ModelEdit.Write(File16, File16, model =>
        {
            OnnxGraph graph = model.Graph;
            int last = graph.Nodes.FindIndex(node => node.Outputs.Contains("logits"));
            graph.Nodes[last] = graph.Nodes[last] with { Outputs = ["before"] };
            graph.Nodes.Add(new OnnxNode { OpType = "Celu", Inputs = ["before"], Outputs = ["logits"] });
        });
        using var models = new LocalModels(_runtime.Environment, FirstAnswer, Open());
        using LoadedModel model = models.Load(_folder["m"]);
        Assert.False(model.IsShared);
        Assert.Equal("it has weights of type Float16, and its operator Celu is not known to mean the same in float32", model.OwnSessionReason);
        Assert.InRange(LocalModels.Difference(await models.ExpectAsync(_folder["m"]), await models.InvokeAsync(model)), 0, OfHalves);
    }

    private static void Retype(OnnxGraph graph, TensorElementType type)
    {
        for (int i = 0; i < graph.Initializers.Count; i++)
        {
            if (graph.Initializers[i].ElementType == TensorElementType.Float16) graph.Initializers[i] = graph.Initializers[i] with { ElementType = type };
        }
    }

    /// <summary>Writes a model whose weights are cast if they are bfloat16, because ONNX Runtime has no kernels for that.</summary>
    private void Write(string name, BertOptions options, TensorElementType type = TensorElementType.Float16)
    {
        string file = Path.Combine(_folder[name], ExportedModel.ModelName), data = $"{file}_data";
        ExportedModel.Write(_folder[name], options with { ExternalData = false });
        HalfStyle style = type == TensorElementType.BFloat16 ? HalfStyle.WeightsBehindCasts : HalfStyle.WithFloat32Outputs;
        ModelEdit.Write(file, file, new HalfEdit(type, style).Apply);
        if (options.ExternalData) ModelEdit.Write(file, file, model => File.WriteAllBytes(data, MoveWeights(model.Graph, Path.GetFileName(data))));
    }

    /// <summary>Gives the large weights a place in another file.</summary>
    /// <returns>Its content.</returns>
    private static byte[] MoveWeights(OnnxGraph graph, string name)
    {
        using var content = new MemoryStream();
        for (int i = 0; i < graph.Initializers.Count; i++)
        {
            if (graph.Initializers[i] is not { RawData: { Length: >= 1024 } raw } tensor) continue;
            graph.Initializers[i] = tensor with { RawData = null, Location = new TensorLocation(name, content.Position, raw.Length) };
            content.Write(raw.Span);
        }

        return content.ToArray();
    }

    private LayoutStore Open(long limit = Large)
    {
        LayoutStore? store = LayoutStore.TryOpen(_folder["cache"], limit, out string? reason);
        Assert.Null(reason);
        return store!;
    }
}
