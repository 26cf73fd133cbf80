using Thaw.FunctionalTests.InProcess.Models;
using Thaw.FunctionalTests.InProcess.Runtime;
using Thaw.Onnx.Format;
using Thaw.Onnx.Fusion;
using Thaw.Onnx.Runtime;
using Thaw.TestModels;

namespace Thaw.FunctionalTests.InProcess.Fusion;

/// <summary>Slightly changed graphs, before and after fusion.</summary>
[Trait("Category", "inprocess")]
[Collection(nameof(OnnxRuntimeCollection))]
public sealed class FusionFuzzTests(OnnxRuntimeFixture runtime) : IDisposable
{
    private static readonly SessionSettings Unoptimized = new() { Optimization = GraphOptimization.None, Prepacking = false };

    private readonly TemporaryFolder _folder = new();
    private readonly List<string> _failures = [];
    private int _answering;
    private int _fused;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Changed_exports_give_the_same_answers()
    {
        int rounds = Rounds(600);
        string[] exports = Repository.Exports;
        for (int seed = 0; seed < rounds; seed++)
            Compare(File.ReadAllBytes(Path.Combine(exports[seed % exports.Length], "model.onnx")), seed, 120);
        AssertAllAlike(rounds);
    }

    [Fact]
    public void Changed_encoders_of_every_form_give_the_same_answers()
    {
        int rounds = Rounds(600);
        for (int seed = 0; seed < rounds; seed++)
            Compare(EncoderBuilder.Build(EncoderForm.Random(seed) with { FixedSizes = false }), seed, EncoderBuilder.Vocabulary);
        AssertAllAlike(rounds);
    }

    [Fact]
    public void Damaged_models_are_fused_or_refused()
    {
        int fused = 0, refused = 0, rounds = Rounds(3000);
        string[] exports = Repository.Exports;
        for (int seed = 0; seed < rounds; seed++)
        {
            byte[] original = seed % 2 == 0
                ? File.ReadAllBytes(Path.Combine(exports[seed / 2 % exports.Length], "model.onnx"))
                : EncoderBuilder.Build(EncoderForm.Random(seed));
            File.WriteAllBytes(_folder["model.onnx"], new ModelMutator(seed).Mutate(original));
            try
            {
                using OnnxModelFile model = OnnxModelFile.Open(_folder["model.onnx"], smallestMapped: 512);
                FusionReport report = EncoderFusion.Apply(model);
                if (report.NodesAfter < report.NodesBefore) fused++;
                Assert.NotEqual(0, model.Write("model.onnx").Length);
            }
            catch (ModelFormatException)
            {
                refused++;
            }
        }

        Assert.InRange(fused, rounds / 4, rounds);
        Assert.InRange(refused, rounds / 50, rounds);
    }

    private static int Rounds(int usual) => int.TryParse(Environment.GetEnvironmentVariable("THAW_TEST_FUSION_ROUNDS"), out int rounds) ? rounds : usual;

    private void AssertAllAlike(int rounds)
    {
        Assert.True(_failures.Count == 0, string.Join(Environment.NewLine, _failures));
        Assert.True(_answering > rounds / 4, $"{_answering} of {rounds} answer");
        Assert.True(_fused > _answering / 2, $"{_fused} of {_answering} are fused");
    }

    /// <summary>
    /// Changes the model, and notes where fusion changes its answers. Where the model is refused, ONNX Runtime has said
    /// all that there is to say.
    /// </summary>
    private void Compare(byte[] original, int seed, int vocabulary)
    {
        File.WriteAllBytes(_folder["model.onnx"], original);
        using (OnnxModelFile model = OnnxModelFile.Open(_folder["model.onnx"], smallestMapped: long.MaxValue))
        {
            new GraphMutator(seed).Mutate(model);
            File.WriteAllBytes(_folder["changed.onnx"], model.Write(ownFile: null).ToArray());
        }

        using OnnxModelFile changed = OnnxModelFile.Open(_folder["changed.onnx"], smallestMapped: long.MaxValue);
        FusionReport report = EncoderFusion.Apply(changed);
        using OrtSession? expected = TryLoad(File.ReadAllBytes(_folder["changed.onnx"])), actual = TryLoad(changed.Write(ownFile: null).ToArray());
        if (expected is null) return;
        bool answers = false;
        foreach ((int rows, int columns, Padding padding) in ((int, int, Padding)[])[(1, 4, Padding.None), (3, 7, Padding.Right), (4, 5, Padding.WholeRows)])
        {
            float[]?[] wanted = Answers.Of(expected, rows, columns, padding, vocabulary, seed);
            float[]?[] found = actual is null ? new float[]?[wanted.Length] : Answers.Of(actual, rows, columns, padding, vocabulary, seed);
            for (int i = 0; i < wanted.Length; i++)
            {
                if (wanted[i] is not { } output) continue;
                answers = true;
                double difference = found[i] is { } other ? Perturbation.Difference(output, other) : double.PositiveInfinity;
                if (difference > Perturbation.Tolerance(output) && !Perturbation.Amplifies(
                    _folder["changed.onnx"], TryLoad, output, i, session => Answers.Of(session, rows, columns, padding, vocabulary, seed)))
                {
                    string where = $"seed {seed}, {rows} x {columns}, {expected.Outputs[i].Name}";
                    _failures.Add($"{where}: {difference}, limit {Perturbation.Tolerance(output)}; {report}");
                }
            }
        }

        if (answers) _answering++;
        if (answers && report.NodesAfter < report.NodesBefore) _fused++;
    }

    private OrtSession? TryLoad(byte[] model)
    {
        try
        {
            return OrtSession.Load(runtime.Environment, model, Unoptimized);
        }
        catch (OnnxRuntimeException)
        {
            return null;
        }
    }
}
