using Thaw.FunctionalTests.InProcess.Fusion;
using Thaw.FunctionalTests.InProcess.Runtime;
using Thaw.Inference.Architectures;
using Thaw.Onnx.Architectures;
using Thaw.Onnx.Runtime;
using Thaw.TestModels;
using Thaw.TestModels.Bert;

namespace Thaw.FunctionalTests.InProcess.Architectures;

/// <summary>An architecture's two sessions, of which the shape of a run decides.</summary>
[Trait("Category", "inprocess")]
[Collection(nameof(OnnxRuntimeCollection))]
public sealed class KernelChoiceTests(OnnxRuntimeFixture runtime) : IDisposable
{
    private const int MostRows = 3, MostColumns = 40;

    // 40 labels, so that the classifier's weight is large enough to be laid out.
    private static readonly BertOptions Small = new()
    {
        VocabularySize = 120, HiddenSize = 32, FeedForwardSize = 48, Layers = 1, MaxPositions = 64, Labels = 40,
    };

    private readonly TemporaryFolder _folder = new();
    private readonly ArchitectureTable _table = new(new PlanTable());

    public void Dispose()
    {
        _table.Dispose();
        _folder.Dispose();
    }

    public static TheoryData<string> Forms => ["bert", "distilbert", "bert, opset 17", "unfolded", "mean"];

    [Theory]
    [MemberData(nameof(Forms))]
    public void Runs_of_every_shape_give_the_same_answers_in_both_sessions(string form)
    {
        string path = form switch
        {
            "unfolded" => FusionTests.ExportPath("bert-eager-unfolded-opset14"),
            "mean" => FusionTests.ExportPath("minilm-mean-opset14"),
            _ => Write(form switch
            {
                "distilbert" => Small with { Architecture = BertArchitecture.DistilBert },
                "bert, opset 17" => Small with { Opset = 17 },
                _ => Small,
            }),
        };
        using OrtSession plain = OrtSession.Load(runtime.Environment, path, new SessionSettings());
        using SharedSessions shared = SharedSessions.TryOpen(runtime.Environment, _table, path, _folder["weights"])!;
        // Unfolded, the products read the weights as they are stored.
        Assert.Equal(form == "unfolded" ? 2 : 3, shared.Ways.Select(way => way.Session).Distinct().Count());
        for (int rows = 1; rows <= MostRows; rows++)
        {
            for (int columns = 1; columns <= MostColumns; columns++)
            {
                var padding = (Padding)(columns % 3);
                float[]?[] expected = Answers.Of(plain, rows, columns, padding, Small.VocabularySize, columns);
                foreach ((string way, OrtSession session, MappedWeights weights) in shared.Ways)
                {
                    float[]?[] actual = Answers.Of(session, rows, columns, padding, Small.VocabularySize, columns, weights);
                    for (int i = 0; i < expected.Length; i++)
                    {
                        double difference = Answers.Difference(Assert.IsType<float[]>(expected[i]), Assert.IsType<float[]>(actual[i]));
                        Assert.True(difference < 1e-4, $"{way}, {rows} x {columns}: {difference}");
                    }
                }
            }
        }
    }

    [Fact]
    public void The_shape_of_a_run_decides_which_session_runs_it()
    {
        using SharedModel model = SharedModel.TryOpen(Write(Small), _table.Plans, out _)!;
        Architecture exported = _table.Acquire(runtime.Environment, model.AsExported), laidOut = _table.Acquire(runtime.Environment, model.LaidOut!);
        HashSet<OrtSession> turned = [], straight = [];
        for (int rows = 1; rows <= MostRows; rows++)
        {
            for (int columns = 1; columns <= MostColumns; columns++)
            {
                (RunShape.FavorsTurned(rows, columns) ? turned : straight).Add(laidOut.SessionFor(rows, columns));
                // Weights as exported cannot be on the left.
                Assert.Same(exported.SessionFor(1, 1), exported.SessionFor(rows, columns));
            }
        }

        Assert.NotSame(Assert.Single(turned), Assert.Single(straight));
        _table.Return(exported);
        _table.Return(laidOut);
    }

    [Fact]
    public void A_session_is_made_once_by_many_threads_and_not_after_the_last_use()
    {
        using SharedModel model = SharedModel.TryOpen(Write(Small), _table.Plans, out _)!;
        Architecture architecture = _table.Acquire(runtime.Environment, model.LaidOut!);
        OrtSession[] sessions = [.. Enumerable.Range(0, 16).AsParallel().WithDegreeOfParallelism(16).Select(_ => architecture.SessionFor(1, 32))];
        OrtSession session = Assert.Single(sessions.Distinct());
        _table.Return(architecture);
        // The table keeps it for the next model.
        Assert.Same(architecture, _table.Acquire(runtime.Environment, model.LaidOut!));
        Assert.Same(session, architecture.SessionFor(1, 32));
        _table.Return(architecture);
        _table.Dispose();
        Assert.True(session.IsClosed);
        // A closed one cannot be used, and the other one is not made any more.
        Assert.Throws<ObjectDisposedException>(() => new SessionUse(architecture.SessionFor(1, 32), null).Dispose());
        Assert.Throws<ObjectDisposedException>(() => architecture.SessionFor(1, 1));
    }

    [Fact]
    public async Task A_run_beside_others_gets_a_session_of_one_core_as_soon_as_it_is_made()
    {
        using SharedModel model = SharedModel.TryOpen(Write(Small), _table.Plans, out _)!;
        Architecture architecture = _table.Acquire(runtime.Environment, model.AsExported);
        OrtSession allCores = architecture.SessionFor(1, 32);
        Assert.Same(allCores, architecture.SessionFor(1, 32, hasAllCores: false));
        OrtSession oneCore;
        while ((oneCore = architecture.SessionFor(1, 32, hasAllCores: false)) == allCores) await Task.Delay(1);
        Assert.Same(oneCore, architecture.SessionFor(1, 32, hasAllCores: false));
        Assert.Same(allCores, architecture.SessionFor(1, 32));
        using MappedWeights weights = model.Map();
        float[] expected = Assert.IsType<float[]>(Answers.Of(allCores, 1, 32, 0, Small.VocabularySize, 32, weights)[0]);
        Assert.Equal(expected, Answers.Of(oneCore, 1, 32, 0, Small.VocabularySize, 32, weights)[0]);
        _table.Return(architecture);
        _table.Dispose();
        Assert.True(oneCore.IsClosed);
    }

    [Fact]
    public void A_table_may_close_while_sessions_of_one_core_are_made()
    {
        using SharedModel model = SharedModel.TryOpen(Write(Small), _table.Plans, out _)!;
        for (int round = 0; round < 100; round++)
        {
            var table = new ArchitectureTable(_table.Plans);
            Architecture architecture = table.Acquire(runtime.Environment, model.LaidOut!);
            OrtSession allCores = architecture.SessionFor(1, 32, hasAllCores: false);
            Thread.SpinWait(round * 1000);
            table.Return(architecture);
            table.Dispose();
            Assert.True(allCores.IsClosed);
            Assert.True(architecture.Made(RunShape.FavorsTurned(1, 32), hasAllCores: false) is null or { IsClosed: true });
        }
    }

    [Fact]
    public void The_sessions_used_last_are_kept_when_no_model_uses_them()
    {
        const int Kept = 4;
        SharedModel[] models = [.. Enumerable.Range(1, Kept + 1).Select(layers =>
            SharedModel.TryOpen(Write(Small with { Layers = layers }), _table.Plans, out _)!)];
        Architecture[] architectures = [.. models.Select(model => _table.Acquire(runtime.Environment, model.AsExported))];
        OrtSession[] sessions = [.. architectures.Select(architecture => architecture.SessionFor(1, 32))];
        Assert.Equal(architectures.Length, architectures.Distinct().Count());
        foreach (Architecture architecture in architectures) _table.Return(architecture);
        Assert.Equal([true, .. Enumerable.Repeat(false, Kept)], sessions.Select(session => session.IsClosed));
        Architecture again = _table.Acquire(runtime.Environment, models[0].AsExported);
        Assert.NotSame(architectures[0], again);
        Assert.False(again.SessionFor(1, 32).IsClosed);
        _table.Return(again);
        foreach (SharedModel model in models) model.Dispose();
    }

    private string Write(BertOptions options)
    {
        string path = _folder[$"{Guid.NewGuid()}.onnx"];
        BertModelFile.Write(path, options);
        return path;
    }
}
