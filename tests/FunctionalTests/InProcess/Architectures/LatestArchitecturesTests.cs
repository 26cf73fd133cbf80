using Thaw.FunctionalTests.InProcess.Runtime;
using Thaw.Inference.Architectures;
using Thaw.Onnx.Architectures;
using Thaw.TestModels;
using Thaw.TestModels.Bert;

namespace Thaw.FunctionalTests.InProcess.Architectures;

/// <summary>Sessions that are made before the first load.</summary>
[Trait("Category", "inprocess")]
[Collection(nameof(OnnxRuntimeCollection))]
public sealed class LatestArchitecturesTests(OnnxRuntimeFixture runtime) : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_first_model_finds_the_session_that_was_made_for_it()
    {
        ArchitectureGraph graph = Remember();
        using ArchitectureTable table = NewTable();
        table.MakeLatest(runtime.Environment);
        Architecture made = table.Acquire(runtime.Environment, graph);
        Assert.NotNull(made.Made(RunShape.FavorsTurned(RunShape.FirstRows, RunShape.FirstColumns), hasAllCores: true));
        Architecture again = table.Acquire(runtime.Environment, graph);
        Assert.Same(made, again);
        table.Return(made);
        table.Return(again);
        // It is there already.
        table.MakeLatest(runtime.Environment);
    }

    [Fact]
    public void A_graph_that_onnxruntime_refuses_ends_nothing()
    {
        PlanStore store = PlanStore.TryOpen(_folder["plans"])!;
        var broken = new ArchitectureGraph(new byte[] { 1, 2, 3 }, default);
        store.Write(1, new KnownStructure([new GraphPlan
        {
            AsExported = broken, LaidOut = null, IsQuantized = false, Slots = [], LabelSlots = [], Assumed = [], AssumedElements = 0, Inputs = 0, Traits = null,
        }], null));
        using ArchitectureTable table = NewTable();
        table.MakeLatest(runtime.Environment);
        Architecture architecture = table.Acquire(runtime.Environment, broken);
        Assert.Null(architecture.Made(turned: false, hasAllCores: true));
        table.Return(architecture);
    }

    [Fact]
    public async Task Loads_and_the_end_of_the_server_may_come_at_any_moment()
    {
        ArchitectureGraph graph = Remember();
        for (int round = 0; round < 100; round++)
        {
            ArchitectureTable table = NewTable();
            Task making = Task.Run(() => table.MakeLatest(runtime.Environment));
            await Task.WhenAll(Enumerable.Range(0, 3).Select(worker => Task.Run(() =>
            {
                Architecture architecture = table.Acquire(runtime.Environment, graph);
                _ = architecture.SessionFor(RunShape.FirstRows, RunShape.FirstColumns);
                table.Return(architecture);
            })));
            if (round % 2 == 0) await making;
            table.Dispose();
            await making;
        }
    }

    private ArchitectureTable NewTable() => new(new PlanTable(() => PlanStore.TryOpen(_folder["plans"])));

    /// <summary>Analyses a model as an earlier process has done.</summary>
    private ArchitectureGraph Remember()
    {
        ExportedModel.Write(_folder["m"], BertOptions.Tiny);
        var plans = new PlanTable(() => PlanStore.TryOpen(_folder["plans"]));
        using SharedModel model = SharedModel.TryOpen(Path.Combine(_folder["m"], "model.onnx"), plans, out _)!;
        plans.Stored.Wait();
        return model.LaidOut!;
    }
}
