using Thaw.FunctionalTests.InProcess.Fusion;
using Thaw.FunctionalTests.InProcess.Runtime;
using Thaw.Inference.Architectures;
using Thaw.Onnx.Architectures;
using Thaw.Onnx.Format;
using Thaw.Onnx.Runtime;
using Thaw.TestModels;
using Thaw.TestModels.Bert;

namespace Thaw.FunctionalTests.InProcess.Architectures;

/// <summary>Models that differ from one that is known in one thing: they get another architecture, or the same answers as in a session of their
/// own.</summary>
[Trait("Category", "inprocess")]
[Collection(nameof(OnnxRuntimeCollection))]
public sealed class ArchitectureFuzzTests : IDisposable
{
    private static readonly SessionSettings Unoptimized = new() { Optimization = GraphOptimization.None, Prepacking = false };

    private readonly OnnxRuntimeFixture _runtime;
    private readonly TemporaryFolder _folder = new();
    private readonly ArchitectureTable _table = new(new PlanTable());
    private readonly List<string> _failures = [];
    private readonly (string Path, int Vocabulary)[] _files;
    private int _answering, _sharing, _refused;

    public ArchitectureFuzzTests(OnnxRuntimeFixture runtime)
    {
        _runtime = runtime;
        var small = new BertOptions { VocabularySize = 120, HiddenSize = 32, FeedForwardSize = 48, Layers = 1, MaxPositions = 32, Labels = 12 };
        BertOptions[] forms =
        [
            small, small with { Opset = 17 }, small with { TokenTypes = false }, small with { Architecture = BertArchitecture.DistilBert },
            small with { Labels = 1 }, small with { Style = BertStyle.Fused }, small with { Style = BertStyle.Fused, FusedEmbeddings = false },
        ];
        foreach (BertOptions form in forms) BertModelFile.Write(_folder[$"{Array.IndexOf(forms, form)}.onnx"], form);
        _files =
        [
            .. forms.Select((form, index) => (_folder[$"{index}.onnx"], form.VocabularySize)),
            .. Repository.Exports.Select(directory => (Path.Combine(directory, "model.onnx"), 120)),
        ];
    }

    public void Dispose()
    {
        _table.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void A_changed_initializer_changes_the_answers_or_the_architecture()
    {
        int rounds = Rounds(300);
        for (int seed = 0; seed < rounds; seed++) Compare(seed, model => new InitializerMutator(seed).Mutate(model.Graph));
        AssertAllAlike(rounds);
        Assert.InRange(_sharing, rounds / 5, rounds * 4 / 5);
    }

    [Fact]
    public void A_changed_graph_changes_the_answers_or_the_architecture()
    {
        int rounds = Rounds(300);
        for (int seed = 0; seed < rounds; seed++) Compare(seed, model => new GraphMutator(seed).MutateOnce(model));
        AssertAllAlike(rounds);
        Assert.InRange(_refused, rounds / 50, rounds);
    }

    private static int Rounds(int usual) => int.TryParse(Environment.GetEnvironmentVariable("THAW_TEST_FUSION_ROUNDS"), out int rounds) ? rounds : usual;

    private void AssertAllAlike(int rounds)
    {
        Assert.True(_failures.Count == 0, string.Join(Environment.NewLine, _failures));
        Assert.True(_answering > rounds / 3, $"{_answering} of {rounds} answer, {_sharing} share, {_refused} are refused");
    }

    private void Compare(int seed, Action<OnnxModelFile> change)
    {
        string original = _folder["original.onnx"], changed = _folder["changed.onnx"];
        (string file, int vocabulary) = _files[seed % _files.Length];
        if (seed % 3 == 2)
        {
            File.WriteAllBytes(original, EncoderBuilder.Build(EncoderForm.Random(seed) with { FixedSizes = false, Layers = 1 }));
            (file, vocabulary) = (original, EncoderBuilder.Vocabulary);
        }

        ModelEdit.Write(file, original, model =>
        {
            if (seed % 4 < 2) ModelEdit.LiftConstants(model);
        });
        ModelEdit.Write(original, changed, change);

        using SharedSessions? known = SharedSessions.TryOpen(_runtime.Environment, _table, original, _folder["original.weights"]);
        if (known is null) return;
        float[]?[] before = Run(known.Ways[0]);
        using SharedSessions? actual = SharedSessions.TryOpen(_runtime.Environment, _table, changed, _folder["changed.weights"]);
        if (actual is null)
        {
            _refused++;
            return;
        }

        if (ReferenceEquals(known.Model.AsExported, actual.Model.AsExported)) _sharing++;
        using OrtSession? plain = TryLoad(File.ReadAllBytes(changed));
        if (plain is null) return;
        bool answers = false;
        foreach ((int rows, int columns, Padding padding) in ((int, int, Padding)[])[(1, 4, Padding.None), (3, 7, Padding.Right)])
        {
            float[]?[] wanted = Answers.Of(plain, rows, columns, padding, vocabulary, seed);
            foreach ((string way, OrtSession session, MappedWeights weights) in actual.Ways)
            {
                float[]?[] found = Answers.Of(session, rows, columns, padding, vocabulary, seed, weights);
                for (int i = 0; i < wanted.Length; i++)
                {
                    if (wanted[i] is not { } output) continue;
                    answers = true;
                    double difference = found[i] is { } other ? Perturbation.Difference(output, other) : double.PositiveInfinity;
                    if (difference > Perturbation.Tolerance(output) && !Perturbation.Amplifies(
                        changed, TryLoad, output, i, session => Answers.Of(session, rows, columns, padding, vocabulary, seed)))
                    {
                        _failures.Add($"seed {seed}, {file}, {way}, {rows} x {columns}, {plain.Outputs[i].Name}: {difference}");
                    }
                }
            }
        }

        if (answers) _answering++;
        if (!before.Zip(Run(known.Ways[0]), (one, other) => one is null ? other is null : one.SequenceEqual(other!)).All(same => same))
            _failures.Add($"seed {seed}, {file}: the original's answers change");

        float[]?[] Run((string, OrtSession Session, MappedWeights Weights) way) =>
            Answers.Of(way.Session, 2, 5, Padding.Right, vocabulary, seed, way.Weights);
    }

    private OrtSession? TryLoad(byte[] model)
    {
        try
        {
            return OrtSession.Load(_runtime.Environment, model, Unoptimized);
        }
        catch (OnnxRuntimeException)
        {
            return null;
        }
    }
}
