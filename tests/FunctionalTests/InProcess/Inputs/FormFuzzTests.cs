using Thaw.FunctionalTests.InProcess.Runtime;
using Thaw.Inference;
using Thaw.Inference.Serving;
using Thaw.Onnx.Format;
using Thaw.Onnx.Fusion.Shapes;
using static Thaw.FunctionalTests.InProcess.Inputs.GraphEdit;

namespace Thaw.FunctionalTests.InProcess.Inputs;

/// <summary>Random names, types, axes and outputs of one model: it gives the plain model's answers, or is refused with a reason.</summary>
[Trait("Category", "inprocess")]
[Collection(nameof(OnnxRuntimeCollection))]
public sealed class FormFuzzTests(OnnxRuntimeFixture runtime) : IDisposable
{
    private static readonly string[][] Names =
    [
        ["input_ids", "input_word_ids", "ids", "tokens:0"], ["attention_mask", "input_mask", "mask", "serving_default_attention_mask:0"],
        ["token_type_ids", "segment_ids", "type_ids", "extra"],
    ];

    private static readonly TensorElementType[] Types =
        [TensorElementType.Int64, TensorElementType.Int32, TensorElementType.Float32, TensorElementType.Bool, TensorElementType.UInt16];

    private readonly EditedModels _models = new(runtime.Environment);

    public void Dispose() => _models.Dispose();

    [Fact]
    public async Task Every_form_answers_as_the_plain_one_or_is_refused()
    {
        int served = 0;
        for (int seed = 0; seed < 60; seed++)
        {
            var random = new Random(seed);
            string directory = _models.Write(graph => Change(graph, random));
            Result<LoadedModel> loaded = _models.TryLoad(directory);
            if (loaded.Error is { } error)
            {
                Assert.Equal(InferenceErrorKind.InvalidModel, error.Kind);
                Assert.True(error.Message.StartsWith("model.onnx: The model ", StringComparison.Ordinal), $"{seed}: {error.Message}");
                continue;
            }

            loaded.Value!.Dispose();
            await _models.AssertSameAsync(directory);
            served++;
        }

        Assert.InRange(served, 10, 50);
    }

    private static void Change(OnnxGraph graph, Random random)
    {
        if (random.Next(4) == 0) IgnoreMask(graph, keepInput: random.Next(2) == 0);
        if (random.Next(4) == 0) TakePositions(graph);
        object[] dims = [random.Next(3) == 0 ? (long)random.Next(1, 6) : "batch", random.Next(3) == 0 ? 24L : "sequence"];
        foreach (string input in graph.Inputs.Select(input => input.Name).ToArray())
        {
            int kind = Array.FindIndex(Names, names => names[0] == input);
            string name = kind < 0 || random.Next(2) == 0 ? input : Names[kind][random.Next(random.Next(4) == 0 ? 4 : 3)];
            TensorElementType type = random.Next(3) > 0 ? TensorElementType.Int64 : Types[random.Next(random.Next(4) == 0 ? 5 : 4)];
            Redeclare(graph, input, name, type, random.Next(8) == 0 ? null : dims);
        }

        if (random.Next(4) == 0)
        {
            // Another number than a declared one would make an invalid graph.
            long rows = dims[0] is long || random.Next(2) == 0 ? -1 : random.Next(1, 6);
            graph.Initializers.Add(Integers("shape_of_the_example", rows, rows > 0 && random.Next(2) == 0 ? -1 : 24, 32));
            After(graph, Words(graph), value => Node("Reshape", [value, "shape_of_the_example"], ""));
        }

        if (random.Next(3) == 0) graph.Outputs.Insert(0, DeclaredType.Of(Words(graph), TensorElementType.Float32, ["b", "s", 32L]));
        for (int i = graph.Inputs.Count; i > 1; i--)
        {
            int other = random.Next(i);
            (graph.Inputs[i - 1], graph.Inputs[other]) = (graph.Inputs[other], graph.Inputs[i - 1]);
        }
    }
}
