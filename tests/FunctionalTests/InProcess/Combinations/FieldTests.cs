using System.Text.Json;
using Thaw.FunctionalTests.InProcess.Inputs;
using Thaw.FunctionalTests.InProcess.Runtime;
using Thaw.Inference;
using Thaw.Inference.Batching;
using Thaw.Inference.Preparing;
using Thaw.Inference.Serving;
using Thaw.Inference.Tasks;
using Thaw.TestModels;

namespace Thaw.FunctionalTests.InProcess.Combinations;

/// <summary>Real exports as people hand them over, compared with PyTorch's answers for each text alone.</summary>
[Trait("Category", "inprocess")]
[Collection(nameof(OnnxRuntimeCollection))]
public sealed class FieldTests(OnnxRuntimeFixture runtime) : IDisposable
{
    private const float Tolerance = 2e-3f;

    /// <summary>What the refusals of those that are not served say.</summary>
    private static readonly Dictionary<string, string> Refused = new()
    {
        ["answers"] = "is for question answering", ["embeddings"] = "is for embeddings", ["embeddings-and-pooler"] = "is for embeddings",
        ["ids-beyond-the-table"] = "has a table of 250 tokens", ["masked"] = "is for filling masks", ["sentence-transformers"] = "is for sentence embeddings",
        ["tokens"] = "is for token classification",
    };

    private readonly TemporaryFolder _folder = new();
    private readonly EditedModels _models = new(runtime.Environment);

    public void Dispose()
    {
        _models.Dispose();
        _folder.Dispose();
    }

    /// <summary>The folders beside the tests, and those beside the repository if they are there.</summary>
    public static TheoryData<string> Folders
    {
        get
        {
            string[] places = [Path.Combine(Repository.Root, "tests", "Field"), Path.GetFullPath(Path.Combine(Repository.Root, "..", "shared", "field"))];
            return [.. places.Where(Directory.Exists).SelectMany(Directory.GetDirectories)];
        }
    }

    [Theory]
    [MemberData(nameof(Folders))]
    public async Task An_export_gives_PyTorchs_answers_alone_in_a_list_and_prepared_or_is_refused_with_the_reason(string directory)
    {
        if (Refused.TryGetValue(Path.GetFileName(directory), out string? reason))
        {
            Assert.Contains(reason, _models.Refusal(directory));
            return;
        }

        await CheckAsync(directory);
        Result<PreparationReport> report = new ModelPreparer(runtime.Environment, (_, _) => { }).Prepare(directory, _folder["prepared"], null, default);
        Assert.Null(report.Error);
        Assert.Null(report.Value!.Unserved);
        await CheckAsync(_folder["prepared"], directory);
    }

    private async Task CheckAsync(string directory, string? goldensIn = null)
    {
        using LoadedModel model = _models.Load(directory);
        Golden[] goldens = [.. File.ReadLines(Path.Combine(goldensIn ?? directory, "goldens.jsonl")).Select(line => Read(line, OutputOf(model)))];
        Assert.NotEmpty(goldens);
        (string, string?)[] texts = [.. goldens.Select(golden => (golden.Text, golden.Pair))];
        using (EncodedTexts encoded = (await EditedModels.EncodeAsync(model, texts)).Value!)
        {
            for (int i = 0; i < goldens.Length; i++) Assert.Equal(goldens[i].Ids, encoded.Ids(i).ToArray());
        }

        float[][] together = await _models.RunAsync(model, texts);
        for (int i = 0; i < goldens.Length; i++)
        {
            float[] alone = (await _models.RunAsync(model, [texts[i]]))[0];
            foreach (float[] row in (float[][])[alone, together[i]]) Assert.Equal(goldens[i].Output, row, (one, other) => Math.Abs(one - other) < Tolerance);
        }

        bool hasScores = OutputOf(model) is "probabilities" or "scores";
        Assert.Equal(hasScores, ((TextClassification)model.Task).DefaultFunction == ScoreFunction.None);
    }

    private static string OutputOf(LoadedModel model) => model.Origin.Outputs[model.Task.Outputs[0]].Name;

    private static Golden Read(string line, string output)
    {
        using JsonDocument json = JsonDocument.Parse(line);
        JsonElement root = json.RootElement;
        return new Golden(
            root.GetProperty("text").GetString()!, root.TryGetProperty("text_pair", out JsonElement pair) ? pair.GetString() : null,
            [.. root.GetProperty("input_ids").EnumerateArray().Select(id => id.GetInt32())],
            [.. root.GetProperty("outputs").GetProperty(output).EnumerateArray().Select(number => number.GetSingle())]);
    }

    private sealed record Golden(string Text, string? Pair, int[] Ids, float[] Output);
}
