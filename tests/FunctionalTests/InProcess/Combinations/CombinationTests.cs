using Thaw.FunctionalTests.InProcess.Architectures;
using Thaw.FunctionalTests.InProcess.Fusion;
using Thaw.FunctionalTests.InProcess.Inputs;
using Thaw.FunctionalTests.InProcess.Runtime;
using Thaw.Inference;
using Thaw.Inference.Batching;
using Thaw.Inference.Preparing;
using Thaw.Inference.Serving;
using Thaw.Inference.Tasks;
using Thaw.Onnx.Runtime;
using Thaw.TestModels;
using Thaw.TestModels.Bert;

namespace Thaw.FunctionalTests.InProcess.Combinations;

/// <summary>
/// Random layouts, configurations, inputs, axes and outputs of one model: it answers as plain ONNX Runtime does for each text alone from the model as it
/// was exported, or the load is refused with a reason.
/// </summary>
[Trait("Category", "inprocess")]
[Collection(nameof(OnnxRuntimeCollection))]
public sealed class CombinationTests : IDisposable
{
    private const int Combinations = 240;

    // A prepared form is checked for one in this many, because it takes longer.
    private const int PreparedShare = 12;

    private const double Tolerance = 1e-3;

    private static readonly BertOptions[] Bases =
    [
        EditedModels.Plain, EditedModels.Plain with { Opset = 17 }, EditedModels.Plain with { Labels = 1 }, EditedModels.Plain with { TokenTypes = false },
        EditedModels.Plain with { ExternalData = true },
    ];

    private static readonly (string, string?)[] Texts =
    [
        .. EditedModels.Texts.Select(text => (text, (string?)null)), ("", null), ("A Cat", null), (string.Join(' ', Enumerable.Repeat("long", 40)), null),
        ("a b c", "d e"), ("where", "a b c d e f g h i j k l m"), (string.Join(' ', Enumerable.Repeat("a", 30)), "the rest"),
    ];

    private readonly OnnxRuntimeFixture _runtime;
    private readonly TemporaryFolder _folder = new();
    private readonly EditedModels _models;
    private readonly Dictionary<(int Model, int MaxTokens), double[][]> _references = [];

    public CombinationTests(OnnxRuntimeFixture runtime)
    {
        _runtime = runtime;
        _models = new EditedModels(runtime.Environment);
        for (int i = 0; i < Bases.Length; i++) ExportedModel.Write(_folder[$"base{i}"], Bases[i]);
        ExportedModel.Write(_folder["decoy"], EditedModels.Plain with { Seed = 7 });
    }

    public void Dispose()
    {
        _models.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task Every_combination_answers_as_the_plain_model_or_is_refused_with_a_reason()
    {
        int served = 0;
        for (int seed = 0; seed < Combinations; seed++)
        {
            if (await IsServedAsync(seed)) served++;
        }

        Assert.InRange(served, Combinations / 2, Combinations * 9 / 10);
    }

    private async Task<bool> IsServedAsync(int seed)
    {
        var random = new Random(seed);
        int chosen = random.Next(Bases.Length);
        var graph = new GraphForm(random, Bases[chosen].Labels);
        var config = new ConfigForm(random, Bases[chosen].Labels);
        var layout = new FolderForm(random);
        string form = _folder["form"], model = Path.Combine(form, ExportedModel.ModelName), directory = _folder[$"m{seed}"];
        Directory.CreateDirectory(form);
        foreach (string file in Directory.GetFiles(_folder[$"base{chosen}"])) File.Copy(file, Path.Combine(form, Path.GetFileName(file)));
        ModelEdit.Write(model, model, file => graph.Apply(file.Graph));
        layout.Arrange(form, _folder["decoy/model.onnx"], config.Text, directory);
        Directory.Delete(form, recursive: true);
        string label = $"seed {seed}: {Bases[chosen]}\n{graph}\n{config.Text}\n{layout}\n";

        Result<LoadedModel> loaded = _models.TryLoad(directory, layout.Settings);
        if (loaded.Error is { } error)
        {
            Assert.True(error.Kind == InferenceErrorKind.InvalidModel && IsReason(error.Message), $"{label}{error.Kind}: {error.Message}");
            return false;
        }

        using (LoadedModel served = loaded.Value!) await CheckAsync(served);
        if (seed % PreparedShare == 0)
        {
            string target = _folder[$"p{seed}"];
            var preparer = new ModelPreparer(_runtime.Environment, (_, _) => { });
            Result<PreparationReport> prepared = preparer.Prepare(directory, target, layout.Settings.Variant, CancellationToken.None);
            Assert.True(prepared.Error is null, $"{label}preparing: {prepared.Error?.Message}");
            Assert.True(prepared.Value!.Unserved is null, $"{label}prepared: {prepared.Value!.Unserved}");
            label = $"prepared {label}";
            using LoadedModel served = _models.TryLoad(target, layout.Settings).Value!;
            await CheckAsync(served);
        }

        return true;

        async Task CheckAsync(LoadedModel served)
        {
            var task = (TextClassification)served.Task;
            Assert.True(config.Labels.SequenceEqual(task.Labels), label);
            int maxTokens = Math.Min(config.MaxTokens, graph.Columns ?? int.MaxValue);
            Assert.True(maxTokens == served.MaxTokens, $"{label}{served.MaxTokens} tokens");
            double[][] logits = await ReferenceAsync(chosen, maxTokens);
            int[] list = [.. Enumerable.Range(0, random.Next(2, 12)).Select(_ => random.Next(Texts.Length))];
            float[][] together = await _models.RunAsync(served, [.. list.Select(text => Texts[text])]);
            float[][] alone = await _models.RunAsync(served, [Texts[list[0]]]);
            for (int i = 0; i < list.Length; i++) AssertScores(logits[list[i]], together[i], task, $"text {list[i]} of {string.Join(' ', list)}");
            AssertScores(logits[list[0]], alone[0], task, $"text {list[0]} alone");
        }

        void AssertScores(double[] logits, float[] row, TextClassification task, string place)
        {
            double[] expected = Apply(graph.Inside ?? config.Function, logits);
            Assert.Null(TextClassification.Score(row, task.FunctionFor(null).Value));
            double difference = expected.Zip(row, (one, other) => Math.Abs(one - other) / Math.Max(1, Math.Abs(one))).Max();
            Assert.True(difference < Tolerance, $"{label}{place}: {string.Join(' ', row)} instead of {string.Join(' ', expected)}");
        }
    }

    /// <summary>The logits of each text alone, from plain ONNX Runtime.</summary>
    private async Task<double[][]> ReferenceAsync(int model, int maxTokens)
    {
        if (_references.TryGetValue((model, maxTokens), out double[][]? known)) return known;
        string directory = _folder[$"base{model}"];
        using LoadedModel plain = _models.Load(directory);
        using EncodedTexts encoded = (await EditedModels.EncodeAsync(plain, Texts, maxTokens)).Value!;
        using OrtSession session = OrtSession.Load(_runtime.Environment, Path.Combine(directory, ExportedModel.ModelName), new SessionSettings());
        return _references[(model, maxTokens)] = [.. Enumerable.Range(0, encoded.Count).Select(text =>
        {
            float[]?[] outputs = Answers.Of(session, 1, encoded.Length(text), (input, _, column) => input switch
            {
                "input_ids" => encoded.Ids(text)[column],
                "token_type_ids" => encoded.TypeIds(text)[column],
                _ => 1,
            });
            return Array.ConvertAll(outputs[0]!, number => (double)number);
        })];
    }

    private static double[] Apply(ScoreFunction function, double[] logits)
    {
        if (function == ScoreFunction.None) return logits;
        if (function == ScoreFunction.Sigmoid) return Array.ConvertAll(logits, number => 1 / (1 + Math.Exp(-number)));
        double[] powers = Array.ConvertAll(logits, Math.Exp);
        return Array.ConvertAll(powers, power => power / powers.Sum());
    }

    /// <summary>Whether a message names a file or folder, and is not an inner message of ONNX Runtime alone.</summary>
    private static bool IsReason(string message) =>
        (message.Contains(".onnx", StringComparison.Ordinal) || message.Contains("config.json", StringComparison.Ordinal) || message.Contains('\''))
        && message.EndsWith('.') && !message.Contains("ONNX Runtime cannot load it", StringComparison.Ordinal);
}
