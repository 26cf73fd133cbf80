using System.Text;
using Thaw.FunctionalTests.InProcess.Architectures;
using Thaw.FunctionalTests.InProcess.Layouts;
using Thaw.Inference;
using Thaw.Inference.Batching;
using Thaw.Inference.Files;
using Thaw.Inference.Layouts;
using Thaw.Inference.Serving;
using Thaw.Onnx.Format;
using Thaw.Onnx.Runtime;
using Thaw.TestModels;
using Thaw.TestModels.Bert;

namespace Thaw.FunctionalTests.InProcess.Inputs;

/// <summary>A small BERT as it is exported, and changed forms of it that must give the same answers.</summary>
internal sealed class EditedModels : IDisposable
{
    public static readonly BertOptions Plain = new()
    {
        VocabularySize = 120, HiddenSize = 32, FeedForwardSize = 48, Layers = 2, MaxPositions = 32, Labels = 3,
    };

    // Of very different lengths, so that each run has padding, where there may be some.
    public static readonly string[] Texts =
    [
        "where", "a b c d e f g h i j k l m n o p q r s", "the cat", "a b c d", "x", "an answer", "q w e r t y u i o p a s d", "it", "to be or not",
    ];

    private readonly TemporaryFolder _folder = new();
    private readonly LocalModels _models;
    private int _written;

    public EditedModels(OrtEnvironment environment) => _models = new LocalModels(environment, new PromotionRule(1000, TimeSpan.FromHours(1)));

    /// <summary>Writes a changed model, and returns its directory.</summary>
    public string Write(Action<OnnxGraph> edit, BertOptions? options = null)
    {
        string directory = _folder[$"model-{_written++}"];
        ExportedModel.Write(directory, options ?? Plain);
        string model = Path.Combine(directory, ExportedModel.ModelName);
        ModelEdit.Write(model, model, file => edit(file.Graph));
        return directory;
    }

    public static void EditFile(string directory, string file, string old, string replacement)
    {
        string path = Path.Combine(directory, file), text = File.ReadAllText(path);
        Assert.Contains(old, text, StringComparison.Ordinal);
        File.WriteAllText(path, text.Replace(old, replacement, StringComparison.Ordinal));
    }

    public Result<LoadedModel> TryLoad(string directory, ModelSettings? settings = null) => _models.TryLoad(directory, settings);

    public LoadedModel Load(string directory) => _models.Load(directory);

    /// <summary>The message of the refusal.</summary>
    public string Refusal(string directory)
    {
        InferenceError? error = TryLoad(directory).Error;
        Assert.Equal(InferenceErrorKind.InvalidModel, error?.Kind);
        Assert.Equal(0, _models.Budget.Reserved);
        return error!.Message;
    }

    /// <summary>The plain model's logits for each text alone.</summary>
    public async Task<float[][]> ExpectAsync(BertOptions? options = null)
    {
        using LoadedModel model = Load(Write(_ => { }, options));
        return await AloneAsync(model);
    }

    /// <summary>Compares each text's logits, alone and in one list, with the plain model's for the text alone.</summary>
    public async Task AssertSameAsync(string directory, BertOptions? options = null, float tolerance = 1e-3f)
    {
        float[][] expected = await ExpectAsync(options);
        using LoadedModel model = Load(directory);
        float[][] alone = await AloneAsync(model), together = await RunAsync(model, Texts);
        for (int i = 0; i < Texts.Length; i++)
        {
            Assert.True(LocalModels.Difference(expected[i], alone[i]) < tolerance, $"{directory}: '{Texts[i]}' alone");
            Assert.True(LocalModels.Difference(expected[i], together[i]) < tolerance, $"{directory}: '{Texts[i]}' in a list");
        }
    }

    public async Task<float[][]> AloneAsync(LoadedModel model)
    {
        var answers = new float[Texts.Length][];
        for (int i = 0; i < Texts.Length; i++) answers[i] = (await RunAsync(model, Texts[i]))[0];
        return answers;
    }

    public Task<float[][]> RunAsync(LoadedModel model, params string[] texts) => RunAsync(model, texts.Select(text => (text, (string?)null)).ToArray());

    public async Task<float[][]> RunAsync(LoadedModel model, (string First, string? Second)[] texts)
    {
        using EncodedTexts encoded = (await EncodeAsync(model, texts)).Value!;
        Result<FloatRows> result = await _models.Runner.RunAsync(model, encoded, CancellationToken.None);
        Assert.Null(result.Error);
        using FloatRows rows = result.Value!;
        return [.. texts.Select((_, i) => rows.Row(i).ToArray())];
    }

    /// <param name="maxTokens">Null for the model's own limit.</param>
    public static async Task<Result<EncodedTexts>> EncodeAsync(
        LoadedModel model, IEnumerable<(string First, string? Second)> texts, int? maxTokens = null)
    {
        using var request = new RequestTexts();
        foreach ((string first, string? second) in texts)
        {
            Add(first, secondOfPair: false);
            if (second is not null) Add(second, secondOfPair: true);
        }

        return await EncodedTexts.EncodeAsync(model.Tokenizer, maxTokens ?? model.MaxTokens, model.TokenTypes, request);

        void Add(string text, bool secondOfPair)
        {
            byte[] utf8 = Encoding.UTF8.GetBytes(text);
            utf8.CopyTo(request.Reserve(utf8.Length));
            request.Commit(utf8.Length, secondOfPair);
        }
    }

    public void Dispose()
    {
        _models.Dispose();
        _folder.Dispose();
    }
}
