using System.Collections.Concurrent;
using Thaw.Inference;
using Thaw.Inference.Batching;
using Thaw.Inference.Caching;
using Thaw.Inference.Loading;
using Thaw.Inference.Memory;
using Thaw.Inference.Serving;
using Thaw.Inference.Tiers;
using Thaw.Onnx.Runtime;

namespace Thaw.FunctionalTests.InProcess.Tiers;

/// <summary>Models in this process, with all that the server has around them except HTTP.</summary>
internal sealed class LocalModels : IDisposable
{
    private readonly OrtEnvironment _environment;
    private readonly WorkerPool _runs = new("run", 2), _tokenizers = new("tokenizer", 2), _reads = new("read", 1);

    public LocalModels(OrtEnvironment environment, PromotionRule rule, PackedCache? cache = null)
    {
        _environment = environment;
        Promoter = new Promoter(Budget, rule, () => cache, Results.Add);
    }

    public MemoryBudget Budget { get; } = new(1L << 30);

    public Promoter Promoter { get; }

    public BlockingCollection<PromotionResult> Results { get; } = [];

    public LoadedModel Load(string directory)
    {
        Result<LoadedModel> loaded = new ModelLoader(
            Task.FromResult(new InferenceRuntime(_environment, null)), Budget, Promoter, _tokenizers, _reads, null).Load(directory);
        Assert.Null(loaded.Error);
        return loaded.Value!;
    }

    public async Task<float[]> InvokeAsync(LoadedModel model)
    {
        Result<FloatRows> result = await RunAsync(new TextRunner(_runs), model);
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
        using EncodedTexts encoded = (await EncodedTexts.EncodeAsync(model.Tokenizer, model.MaxTokens, texts)).Value!;
        return await runner.RunAsync(model, encoded, CancellationToken.None);
    }

    /// <summary>The answer of ONNX Runtime when it loads the file itself, with all its optimisations.</summary>
    public async Task<float[]> ExpectAsync(string directory)
    {
        using LoadedModel model = Load(directory);
        OrtSession plain = OrtSession.Load(_environment, Path.Combine(directory, "model.onnx"), new SessionSettings());
        model.Sessions.Promote(plain, Budget.Open(), 0);
        return await InvokeAsync(model);
    }

    public static float Difference(float[] expected, float[] actual) => expected.Zip(actual, (left, right) => Math.Abs(left - right)).Max();

    public void Dispose()
    {
        Promoter.Dispose();
        _runs.Dispose();
        _tokenizers.Dispose();
        _reads.Dispose();
    }
}
