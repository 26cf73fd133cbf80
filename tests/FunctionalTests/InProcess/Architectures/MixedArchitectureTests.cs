using System.Text;
using Thaw.FunctionalTests.InProcess.Layouts;
using Thaw.FunctionalTests.InProcess.Runtime;
using Thaw.Inference;
using Thaw.Inference.Architectures;
using Thaw.Inference.Batching;
using Thaw.Inference.Layouts;
using Thaw.Inference.Serving;
using Thaw.Onnx.Runtime;
using Thaw.TestModels;

namespace Thaw.FunctionalTests.InProcess.Architectures;

/// <summary>Models of the same, of nearly the same and of other architectures, loaded together: each gives the answers that ONNX Runtime alone gives
/// with its file.</summary>
[Trait("Category", "inprocess")]
[Collection(nameof(OnnxRuntimeCollection))]
public sealed class MixedArchitectureTests(OnnxRuntimeFixture runtime) : IDisposable
{
    private const int Patience = 60_000;

    private static readonly PromotionRule Never = new(0, TimeSpan.FromMinutes(10)), FirstAnswer = new(1, TimeSpan.FromMinutes(10));

    // Padded together; and one that runs alone.
    private static readonly string[][] Requests = [["some text of a few words", "short", "one that is longer than the others"], ["alone"]];

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Models_that_are_nearly_alike_share_only_within_their_family_and_never_mix_up_answers()
    {
        MixedModel[] mixture = [.. MixedModel.Near(_folder)];
        await AssertAnswersAsync(mixture, models =>
        {
            for (int i = 0; i < mixture.Length; i++)
            {
                Assert.True(models[i].IsShared, $"{mixture[i].Family}: {models[i].OwnSessionReason}");
                for (int j = 0; j < i; j++)
                {
                    bool share = ReferenceEquals(SessionOf(models[i]), SessionOf(models[j])), alike = mixture[i].Family == mixture[j].Family;
                    if (mixture[i].Family.Length == 0 || mixture[j].Family.Length == 0) continue;
                    // How a weight is laid out depends on its size: the number of labels may decide it.
                    bool isFine = share == alike || (alike && models[i].Form == WeightForm.LaidOut);
                    Assert.True(isFine, $"{mixture[i].Family} and {mixture[j].Family} share: {share}");
                }
            }

            return mixture.Select(model => model.Family).Distinct().Count();
        });
    }

    [Fact]
    public async Task Models_of_all_exporters_never_mix_up_answers()
    {
        MixedModel[] mixture = [.. MixedModel.Forms(_folder)];
        await AssertAnswersAsync(mixture, models =>
        {
            for (int i = 0; i < mixture.Length; i += 2)
            {
                Assert.Equal(mixture[i].Family, mixture[i + 1].Family);
                bool share = ReferenceEquals(SessionOf(models[i]), SessionOf(models[i + 1])), isInteger = mixture[i].Tolerance == MixedModel.OfIntegers;
                // Quantized models may have sessions of their own.
                bool isFine = models[i].IsShared == models[i + 1].IsShared && (models[i].IsShared || isInteger);
                Assert.True(isFine, $"{mixture[i].Family}: {models[i].OwnSessionReason}");
                // Attention, unlike MultiHeadAttention, has weights that its kernel wants to be constants: they are part of the architecture.
                bool mustShare = models[i].IsShared && !mixture[i].Family.Contains("-fused-");
                if (models[i].Form == WeightForm.Exported || !mustShare) Assert.True(share == mustShare, mixture[i].Family);
            }

            return mixture.Length / 4;
        });
    }

    /// <param name="assertSharing">Gets the loaded models in the order of the mixture, and returns how many sessions there must be at least.</param>
    private async Task AssertAnswersAsync(MixedModel[] mixture, Func<LoadedModel[], int> assertSharing)
    {
        var expected = new float[mixture.Length][];
        for (int i = 0; i < mixture.Length; i++) expected[i] = await AloneAsync(mixture[i]);
        AssertTellApart(mixture, expected);
        await TogetherAsync(mixture, expected, Never, null, assertSharing);
        LayoutStore? store = LayoutStore.TryOpen(_folder["cache"], 1L << 30, out string? reason);
        Assert.True(store is not null, reason);
        await TogetherAsync(mixture, expected, FirstAnswer, store, assertSharing);
    }

    /// <summary>Compares the answers of a model that is the only one, and returns those of ONNX Runtime.</summary>
    private async Task<float[]> AloneAsync(MixedModel model)
    {
        using var models = new LocalModels(runtime.Environment, Never);
        using LoadedModel loaded = models.Load(model.Directory);
        float[] actual = await AnswersAsync(models, loaded);
        OrtSession plain = OrtSession.Load(runtime.Environment, Path.Combine(model.Directory, ExportedModel.ModelName), new SessionSettings());
        Assert.True(loaded.Weights.TryPromote(new WeightBinding(plain), WeightForm.Packed, models.Budget.Open()));
        float[] expected = await AnswersAsync(models, loaded);
        AssertAlike(model, expected, actual, "alone");
        return expected;
    }

    private async Task TogetherAsync(
        MixedModel[] mixture, float[][] expected, PromotionRule rule, LayoutStore? store, Func<LoadedModel[], int> assertSharing)
    {
        using var models = new LocalModels(runtime.Environment, rule, store);
        var loaded = new LoadedModel?[mixture.Length];
        int[] order = [.. Enumerable.Range(0, mixture.Length)];
        var random = new Random(1);
        try
        {
            random.Shuffle(order);
            foreach (int i in order) loaded[i] = models.Load(mixture[i].Directory);
            LoadedModel[] all = [.. loaded.OfType<LoadedModel>()];
            int promotions = store is null ? 0 : all.Count(model => model.Form == WeightForm.Exported);
            if (store is null) Assert.InRange(all.Select(SessionOf).Distinct().Count(), assertSharing(all), mixture.Length);
            await AssertAllAsync("together");
            for (; promotions > 0; promotions--)
            {
                Assert.True(models.Results.TryTake(out PromotionResult result, Patience));
                Assert.True(result.Failure is null, $"{result.Directory}: {result.Failure}");
            }

            if (store is not null) Assert.DoesNotContain(all, model => model.Form == WeightForm.Exported);
            assertSharing(all);
            await AssertAllAsync("in turns");

            // Half of them make room for others, and come back.
            random.Shuffle(order);
            foreach (int i in order[..(order.Length / 2)]) loaded[i]!.Dispose();
            foreach (int i in order[(order.Length / 2)..]) AssertAlike(mixture[i], expected[i], await AnswersAsync(models, loaded[i]!), "after others went");
            foreach (int i in order[..(order.Length / 2)]) loaded[i] = models.Load(mixture[i].Directory);
            await AssertAllAsync("after others came");
        }
        finally
        {
            foreach (LoadedModel? model in loaded) model?.Dispose();
        }

        async Task AssertAllAsync(string when)
        {
            random.Shuffle(order);
            foreach (int i in order) AssertAlike(mixture[i], expected[i], await AnswersAsync(models, loaded[i]!), when);
        }
    }

    /// <summary>The answers to all requests.</summary>
    private static async Task<float[]> AnswersAsync(LocalModels models, LoadedModel model)
    {
        List<float> answers = [];
        foreach (string[] request in Requests)
        {
            using var texts = new RequestTexts();
            foreach (string text in request)
            {
                Encoding.UTF8.GetBytes(text, texts.Reserve(text.Length));
                texts.Commit(text.Length, secondOfPair: false);
            }

            using EncodedTexts encoded = (await EncodedTexts.EncodeAsync(model.Tokenizer, model.MaxTokens, model.TokenTypes, texts)).Value!;
            Result<FloatRows> result = await models.Runner.RunAsync(model, encoded, CancellationToken.None);
            Assert.Null(result.Error);
            using FloatRows rows = result.Value!;
            answers.AddRange(rows.Rows(0, request.Length));
        }

        return [.. answers];
    }

    private static OrtSession SessionOf(LoadedModel model)
    {
        using SessionUse use = model.Weights.Use(3, 40);
        return use.Session;
    }

    private static void AssertAlike(MixedModel model, float[] expected, float[] actual, string when)
    {
        Assert.Equal(expected.Length, actual.Length);
        float difference = LocalModels.Difference(expected, actual);
        Assert.True(difference < model.Tolerance, $"{model.Family} in {model.Directory}, {when}: {difference}");
    }

    /// <summary>Otherwise no test could see that a model answers with the weights or the graph of another.</summary>
    private static void AssertTellApart(MixedModel[] mixture, float[][] expected)
    {
        for (int i = 0; i < mixture.Length; i++)
        {
            for (int j = 0; j < i; j++)
            {
                if (expected[i].Length != expected[j].Length) continue;
                float difference = LocalModels.Difference(expected[i], expected[j]);
                Assert.True(difference > 2 * mixture[i].Tolerance, $"{mixture[i].Family} and {mixture[j].Family} differ by {difference} only");
            }
        }
    }
}
