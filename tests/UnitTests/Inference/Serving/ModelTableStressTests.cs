using Thaw.Inference;
using Thaw.Inference.Serving;

namespace Thaw.UnitTests.Inference.Serving;

public sealed class ModelTableStressTests
{
    private static readonly string[] Names = ["a", "b", "c"];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Random_loads_uses_and_unloads_never_use_a_closed_model_and_leak_none(int seed)
    {
        const int Tasks = 6;
        const int Rounds = 4000;
        using var loader = new FakeLoader();
        int loaded = 0, unloaded = 0;
        await Task.WhenAll(Enumerable.Range(0, Tasks).Select(number => Task.Run(async () =>
        {
            var random = new Random((seed * 1000) + number);
            for (int round = 0; round < Rounds; round++)
            {
                string name = Names[random.Next(Names.Length)];
                switch (random.Next(8))
                {
                    case 0:
                        if (await loader.Table.UnloadAsync(name) is not { } missing) Interlocked.Increment(ref unloaded);
                        else Assert.Equal(InferenceErrorKind.ModelNotFound, missing.Kind);
                        break;
                    case 1:
                        if (await loader.Table.LoadAndReleaseAsync(name, "/" + name) is not { } present) Interlocked.Increment(ref loaded);
                        else Assert.Equal(InferenceErrorKind.ModelExists, present.Kind);
                        break;
                    case 2:
                        Assert.Equal(InferenceErrorKind.InvalidModel, (await loader.Table.LoadAndReleaseAsync($"x{number}", FakeLoader.Broken))?.Kind);
                        break;
                    default:
                        await UseAsync(loader, name, random.Next(200), yields: random.Next(4) == 0);
                        break;
                }
            }
        }))).InTime();

        foreach (string name in Names)
        {
            if (await loader.Table.UnloadAsync(name).InTime() is null) unloaded++;
        }

        Assert.True(loaded > 0);
        Assert.Equal(loaded, loader.Models.Count);
        Assert.Equal(loaded, unloaded);
        Assert.All(loader.Models, model => Assert.Equal((1, 0), (model.Disposals, model.Faults)));
        Assert.Empty(loader.Table.List(null, 100).Models);
        foreach (string name in Names) Assert.Equal(InferenceErrorKind.ModelNotFound, (await loader.RefusalAsync(name)).Kind);
    }

    [Fact]
    public async Task Exactly_one_of_two_concurrent_loads_wins()
    {
        using var loader = new FakeLoader();
        using var barrier = new Barrier(2);
        const int Rounds = 3000;
        InferenceError?[][] outcomes = await Task.WhenAll(Enumerable.Range(0, 2).Select(_ => Task.Factory.StartNew(
            () =>
            {
                var tasks = new Task<InferenceError?>[Rounds];
                for (int round = 0; round < Rounds; round++)
                {
                    barrier.SignalAndWait();
                    tasks[round] = loader.Table.LoadAndReleaseAsync($"model-{round}", "/a");
                }

                return Task.WhenAll(tasks);
            },
            TaskCreationOptions.LongRunning).Unwrap())).InTime();

        Assert.Equal(Rounds, loader.Loads);
        for (int round = 0; round < Rounds; round++)
        {
            InferenceError loser = Assert.Single(outcomes.Select(tasks => tasks[round]).OfType<InferenceError>());
            Assert.Equal(InferenceErrorKind.ModelExists, loser.Kind);
        }
    }

    [Fact]
    public async Task A_request_at_the_end_of_a_load_gets_the_model()
    {
        using var loader = new FakeLoader();
        for (int round = 0; round < 3_000; round++)
        {
            Task<InferenceError?> load = loader.Table.LoadAndReleaseAsync("a", "/a");
            // Some of these arrive just when the model becomes ready.
            List<Task<Result<ModelLease<FakeModel>>>> requests = [];
            do requests.Add(loader.Table.AcquireAsync("a", CancellationToken.None).AsTask());
            while (!requests[^1].IsCompleted && requests.Count < 500);
            foreach (Result<ModelLease<FakeModel>> acquired in await Task.WhenAll(requests).InTime())
            {
                Assert.Null(acquired.Error);
                acquired.Value.Dispose();
            }

            Assert.Null(await load.InTime());
            Assert.Null(await loader.Table.UnloadAsync("a").InTime());
        }
    }

    [Fact]
    public async Task An_unload_at_the_end_of_a_load_unloads_the_model()
    {
        using var loader = new FakeLoader();
        for (int round = 0; round < 20_000; round++)
        {
            Task<InferenceError?> load = loader.Table.LoadAndReleaseAsync("a", "/a");
            Thread.SpinWait(round % 400);
            Assert.Null(await loader.Table.UnloadAsync("a").InTime());
            Assert.Null(await load.InTime());
        }

        Assert.All(loader.Models, model => Assert.Equal(1, model.Disposals));
    }

    private static async Task UseAsync(FakeLoader loader, string name, int spins, bool yields)
    {
        Result<ModelLease<FakeModel>> acquired = await loader.Table.AcquireAsync(name, CancellationToken.None);
        if (acquired.Error is { } error)
        {
            Assert.Equal(InferenceErrorKind.ModelNotFound, error.Kind);
            return;
        }

        using ModelLease<FakeModel> lease = acquired.Value;
        lease.Model.Use(spins);
        if (yields) await Task.Yield();
        lease.Model.Use();
    }
}
