using System.Collections.Concurrent;
using Thaw.Inference;
using Thaw.Inference.Architectures;
using Thaw.Inference.Batching;
using Thaw.Inference.Files;
using Thaw.Inference.Layouts;
using Thaw.Inference.Loading;
using Thaw.Inference.Memory;
using Thaw.Inference.Serving;
using Thaw.Onnx.Architectures;
using Thaw.Onnx.Runtime;

namespace Thaw.FunctionalTests.InProcess.Layouts;

/// <summary>Models in this process, with all that the server has around them except HTTP.</summary>
internal sealed class LocalModels : IDisposable
{
    private readonly OrtEnvironment _environment;
    private readonly ModelLoader _loader;
    private readonly WorkerPool _runs = new("run", 2), _tokenizers = new("tokenizer", 2), _reads = new("read", 1);

    /// <param name="store">Null for none.</param>
    public LocalModels(OrtEnvironment environment, PromotionRule rule, LayoutStore? store = null)
    {
        _environment = environment;
        var layouts = new Lazy<LayoutStore?>(store);
        Promoter = new Promoter(Budget, rule, Architectures, layouts, Results.Add);
        _loader = new ModelLoader(
            Task.FromResult(new InferenceRuntime(environment, null)), Budget, Architectures, layouts, Promoter, _tokenizers, _reads, null);
        Runner = new TextRunner(_runs);
    }

    public MemoryBudget Budget { get; } = new(1L << 30);

    public ArchitectureTable Architectures { get; } = new(new PlanTable());

    public Promoter Promoter { get; }

    public TextRunner Runner { get; }

    public BlockingCollection<PromotionResult> Results { get; } = [];

    public Result<LoadedModel> TryLoad(string directory, ModelSettings? settings = null) => _loader.Load(directory, settings ?? new ModelSettings());

    public LoadedModel Load(string directory)
    {
        Result<LoadedModel> loaded = TryLoad(directory);
        Assert.Null(loaded.Error);
        return loaded.Value!;
    }

    public async Task<float[]> InvokeAsync(LoadedModel model)
    {
        Result<FloatRows> result = await RunAsync(Runner, model);
        Assert.Null(result.Error);
        using FloatRows logits = result.Value!;
        return logits.Row(0).ToArray();
    }

    /// <summary>Runs a model over one text, always the same.</summary>
    public static async Task<Result<FloatRows>> RunAsync(TextRunner runner, LoadedModel model)
    {
        using var texts = new RequestTexts();
        byte[] text = "some text of a few words"u8.ToArray();
        text.CopyTo(texts.Reserve(text.Length));
        texts.Commit(text.Length, secondOfPair: false);
        using EncodedTexts encoded = (await EncodedTexts.EncodeAsync(model.Tokenizer, model.MaxTokens, model.TokenTypes, texts)).Value!;
        return await runner.RunAsync(model, encoded, CancellationToken.None);
    }

    /// <summary>The answer of ONNX Runtime when it loads the file itself, with all its optimisations.</summary>
    public async Task<float[]> ExpectAsync(string directory)
    {
        using LoadedModel model = Load(directory);
        OrtSession plain = OrtSession.Load(_environment, Path.Combine(directory, "model.onnx"), new SessionSettings());
        Assert.True(model.Weights.TryPromote(new WeightBinding(plain), WeightForm.Packed, Budget.Open()));
        return await InvokeAsync(model);
    }

    public static float Difference(float[] expected, float[] actual) => expected.Zip(actual, (left, right) => Math.Abs(left - right)).Max();

    public void Dispose()
    {
        Promoter.Dispose();
        Architectures.Dispose();
        _runs.Dispose();
        _tokenizers.Dispose();
        _reads.Dispose();
    }
}
