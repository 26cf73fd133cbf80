using Thaw.Inference;
using Thaw.Inference.Serving;

namespace Thaw.UnitTests.Inference.Serving;

public sealed class ModelTableUnloadTests : IDisposable
{
    private readonly FakeLoader _loader = new();

    public void Dispose() => _loader.Dispose();

    [Fact]
    public async Task An_unused_model_is_closed_when_the_unload_returns()
    {
        await _loader.Table.LoadAndReleaseAsync("a", "/a").InTime();

        Assert.Null(await _loader.Table.UnloadAsync("a").InTime());

        Assert.Equal(1, Assert.Single(_loader.Models).Disposals);
        Assert.Equal(InferenceErrorKind.ModelNotFound, (await _loader.RefusalAsync("a")).Kind);
    }

    [Fact]
    public async Task A_lease_keeps_the_model_open_until_it_is_returned()
    {
        await _loader.Table.LoadAndReleaseAsync("a", "/a").InTime();
        ModelLease<FakeModel> first = await _loader.LeaseAsync("a");
        ModelLease<FakeModel> second = await _loader.LeaseAsync("a");

        Task<InferenceError?> unload = _loader.Table.UnloadAsync("a");

        Assert.False(unload.IsCompleted);
        Assert.Equal(InferenceErrorKind.ModelNotFound, (await _loader.RefusalAsync("a")).Kind);
        Assert.Empty(_loader.Table.List(null, 100).Models);
        first.Dispose();
        FakeModel model = second.Model;
        Assert.Equal(0, model.Disposals);
        model.Use();
        second.Dispose();
        Assert.Equal(1, model.Disposals);
        Assert.Null(await unload.InTime());
    }

    [Fact]
    public async Task An_unload_that_waited_for_a_load_waits_for_the_loads_own_lease_too()
    {
        _loader.Pause();
        Task<Result<ModelLease<FakeModel>>> load = _loader.Table.LoadAsync("a", "/a");
        Task<InferenceError?> unload = _loader.Table.UnloadAsync("a");
        _loader.Continue();
        Assert.True((await load.InTime()).TryGet(out ModelLease<FakeModel> lease, out _));
        lease.Model.Use();
        Assert.False(unload.IsCompleted);
        Assert.Equal(0, lease.Model.Disposals);
        lease.Dispose();
        Assert.Null(await unload.InTime());
        Assert.Equal(1, Assert.Single(_loader.Models).Disposals);
    }

    [Fact]
    public async Task A_model_that_is_not_loaded_cannot_be_unloaded()
    {
        InferenceError? error = await _loader.Table.UnloadAsync("a").InTime();

        Assert.Equal(InferenceErrorKind.ModelNotFound, error?.Kind);
    }

    [Fact]
    public async Task An_unload_during_a_load_waits_for_it_and_closes_the_model()
    {
        _loader.Pause();
        Task<InferenceError?> load = _loader.Table.LoadAndReleaseAsync("a", "/a");
        Task<InferenceError?> unload = _loader.Table.UnloadAsync("a");
        Assert.False(unload.IsCompleted);

        _loader.Continue();

        Assert.Null(await load.InTime());
        Assert.Null(await unload.InTime());
        Assert.Equal(1, Assert.Single(_loader.Models).Disposals);
    }

    [Fact]
    public async Task An_unload_during_a_load_that_fails_finds_nothing()
    {
        _loader.Pause();
        Task<InferenceError?> load = _loader.Table.LoadAndReleaseAsync("a", FakeLoader.Broken);
        Task<InferenceError?> unload = _loader.Table.UnloadAsync("a");

        _loader.Continue();

        Assert.NotNull(await load.InTime());
        Assert.Equal(InferenceErrorKind.ModelNotFound, (await unload.InTime())?.Kind);
    }

    [Fact]
    public async Task A_second_unload_waits_for_the_first_and_finds_nothing()
    {
        await _loader.Table.LoadAndReleaseAsync("a", "/a").InTime();
        ModelLease<FakeModel> lease = await _loader.LeaseAsync("a");
        Task<InferenceError?> first = _loader.Table.UnloadAsync("a");

        Task<InferenceError?> second = _loader.Table.UnloadAsync("a");

        Assert.False(second.IsCompleted);
        lease.Dispose();
        Assert.Null(await first.InTime());
        Assert.Equal(InferenceErrorKind.ModelNotFound, (await second.InTime())?.Kind);
    }

    [Fact]
    public async Task A_load_waits_for_the_unload_of_its_name_and_then_succeeds()
    {
        await _loader.Table.LoadAndReleaseAsync("a", "/old").InTime();
        ModelLease<FakeModel> old = await _loader.LeaseAsync("a");
        Task<InferenceError?> unload = _loader.Table.UnloadAsync("a");

        Task<InferenceError?> load = _loader.Table.LoadAndReleaseAsync("a", "/new");

        Assert.False(load.IsCompleted);
        Assert.Equal(1, _loader.Loads);
        old.Dispose();
        Assert.Null(await unload.InTime());
        Assert.Null(await load.InTime());
        using ModelLease<FakeModel> lease = await _loader.LeaseAsync("a");
        Assert.Equal("/new", lease.Model.Path);
    }

    [Fact]
    public async Task An_unload_that_waited_does_not_unload_a_model_loaded_meanwhile()
    {
        for (int round = 0; round < 200; round++)
        {
            string name = $"model-{round}";
            await _loader.Table.LoadAndReleaseAsync(name, "/old").InTime();
            ModelLease<FakeModel> old = await _loader.LeaseAsync(name);
            Task<InferenceError?> first = _loader.Table.UnloadAsync(name);
            Task<InferenceError?> load = _loader.Table.LoadAndReleaseAsync(name, "/new");
            Task<InferenceError?> second = _loader.Table.UnloadAsync(name);

            old.Dispose();

            Assert.Null(await first.InTime());
            Assert.Equal(InferenceErrorKind.ModelNotFound, (await second.InTime())?.Kind);
            Assert.Null(await load.InTime());
            (await _loader.LeaseAsync(name)).Dispose();
        }
    }

    [Fact]
    public async Task A_model_that_fails_to_close_is_still_removed_from_the_table()
    {
        await _loader.Table.LoadAndReleaseAsync("a", FakeLoader.BreaksOnClose).InTime();

        await Assert.ThrowsAsync<InvalidOperationException>(() => _loader.Table.UnloadAsync("a").InTime());

        Assert.Null(await _loader.Table.LoadAndReleaseAsync("a", "/a").InTime());
    }
}
