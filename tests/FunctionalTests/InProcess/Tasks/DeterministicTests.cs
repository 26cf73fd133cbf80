using System.Text;
using Thaw.FunctionalTests.InProcess.Layouts;
using Thaw.FunctionalTests.InProcess.Runtime;
using Thaw.Inference.Batching;
using Thaw.Inference.Layouts;
using Thaw.Inference.Serving;
using Thaw.TestModels;
using Thaw.TestModels.Bert;

namespace Thaw.FunctionalTests.InProcess.Tasks;

/// <summary>Dynamically quantized models: all texts of a run share the scales that their numbers are rounded with.</summary>
[Trait("Category", "inprocess")]
[Collection(nameof(OnnxRuntimeCollection))]
public sealed class DeterministicTests(OnnxRuntimeFixture runtime) : IDisposable
{
    private static readonly string[] Texts = ["a", "some text of a few words", "another one", "and a text that is longer than all of the others in this list"];

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Answers_do_not_depend_on_the_other_texts_if_that_is_asked_for(bool deterministic)
    {
        ExportedModel.Write(_folder["m"], BertOptions.Tiny with { Quantization = Quantization.PerTensor });
        using var models = new LocalModels(runtime.Environment, new PromotionRule(0, TimeSpan.FromMinutes(1)), store: null, deterministic);
        using LoadedModel model = models.Load(_folder["m"]);

        float[][] together = await AnswerAsync(models, model, Texts);

        float difference = 0;
        for (int i = 0; i < Texts.Length; i++)
        {
            float[][] alone = await AnswerAsync(models, model, Texts[i]);
            difference = Math.Max(difference, LocalModels.Difference(alone[0], together[i]));
        }

        if (deterministic) Assert.Equal(0, difference);
        else Assert.NotEqual(0, difference);
    }

    [Fact]
    public async Task Other_models_run_texts_together()
    {
        ExportedModel.Write(_folder["m"], BertOptions.Tiny);
        using var models = new LocalModels(runtime.Environment, new PromotionRule(0, TimeSpan.FromMinutes(1)), store: null, deterministic: true);
        using LoadedModel model = models.Load(_folder["m"]);

        Assert.False(model.Inputs.RunsAlone);
        Assert.Equal(Texts.Length, (await AnswerAsync(models, model, Texts)).Length);
    }

    private static async Task<float[][]> AnswerAsync(LocalModels models, LoadedModel model, params string[] texts)
    {
        using var request = new RequestTexts();
        foreach (byte[] text in texts.Select(Encoding.UTF8.GetBytes))
        {
            text.CopyTo(request.Reserve(text.Length));
            request.Commit(text.Length, secondOfPair: false);
        }

        using EncodedTexts encoded = (await EncodedTexts.EncodeAsync(model.Tokenizer, model.MaxTokens, model.TokenTypes, request)).Value!;
        using FloatRows rows = (await models.Runner.RunAsync(model, encoded, CancellationToken.None)).Value!;
        return [.. texts.Select((_, row) => rows.Row(row).ToArray())];
    }
}
