using Thaw.Inference;
using Thaw.Inference.Serving;

namespace Thaw.UnitTests.Inference.Serving;

public sealed class ModelTableTests : IDisposable
{
    private readonly FakeLoader _loader = new();

    public void Dispose() => _loader.Dispose();

    [Fact]
    public async Task A_loaded_model_can_be_leased()
    {
        Assert.Null(await _loader.Table.LoadAndReleaseAsync("a", "/a").InTime());

        using ModelLease<FakeModel> lease = await _loader.LeaseAsync("a");

        Assert.Equal("/a", lease.Path);
        Assert.Same(Assert.Single(_loader.Models), lease.Model);
    }

    [Fact]
    public async Task A_model_that_was_never_loaded_is_not_found()
    {
        InferenceError error = await _loader.RefusalAsync("a");

        Assert.Equal(InferenceErrorKind.ModelNotFound, error.Kind);
        Assert.Contains("'a'", error.Message);
        Assert.Equal(0, _loader.Loads);
    }

    [Fact]
    public async Task Names_are_case_sensitive()
    {
        await _loader.Table.LoadAndReleaseAsync("a", "/a").InTime();

        Assert.Equal(InferenceErrorKind.ModelNotFound, (await _loader.RefusalAsync("A")).Kind);
        Assert.Null(await _loader.Table.LoadAndReleaseAsync("A", "/A").InTime());
    }

    [Fact]
    public async Task A_second_load_of_a_loaded_name_is_refused()
    {
        await _loader.Table.LoadAndReleaseAsync("a", "/a").InTime();

        InferenceError? error = await _loader.Table.LoadAndReleaseAsync("a", "/other").InTime();

        Assert.Equal(InferenceErrorKind.ModelExists, error?.Kind);
        Assert.Equal(1, _loader.Loads);
        using ModelLease<FakeModel> lease = await _loader.LeaseAsync("a");
        Assert.Equal("/a", lease.Path);
    }

    [Fact]
    public async Task A_second_load_of_a_name_is_refused_at_once_while_the_first_continues()
    {
        _loader.Pause();
        Task<InferenceError?> first = _loader.Table.LoadAndReleaseAsync("a", "/a");

        InferenceError? error = await _loader.Table.LoadAndReleaseAsync("a", "/a").InTime();

        Assert.Equal(InferenceErrorKind.ModelExists, error?.Kind);
        Assert.False(first.IsCompleted);
        _loader.Continue();
        Assert.Null(await first.InTime());
        Assert.Equal(1, _loader.Loads);
    }

    [Fact]
    public async Task Requests_during_a_load_wait_for_it_and_start_none()
    {
        _loader.Pause();
        Task<InferenceError?> load = _loader.Table.LoadAndReleaseAsync("a", "/a");
        Task<ModelLease<FakeModel>>[] waiting = [.. Enumerable.Range(0, 20).Select(_ => _loader.LeaseAsync("a"))];
        Assert.DoesNotContain(waiting, task => task.IsCompleted);

        _loader.Continue();

        foreach (ModelLease<FakeModel> lease in await Task.WhenAll(waiting).InTime()) lease.Dispose();
        Assert.Null(await load.InTime());
        Assert.Equal(1, _loader.Loads);
    }

    [Fact]
    public async Task A_failed_load_leaves_nothing_and_waiting_requests_get_the_reason()
    {
        _loader.Pause();
        Task<InferenceError?> load = _loader.Table.LoadAndReleaseAsync("a", FakeLoader.Broken);
        Task<InferenceError> waiting = _loader.RefusalAsync("a");

        _loader.Continue();

        Assert.Equal("It is broken.", (await load.InTime())?.Message);
        InferenceError refusal = await waiting;
        Assert.Equal(InferenceErrorKind.ModelNotFound, refusal.Kind);
        Assert.Contains("It is broken.", refusal.Message);
        Assert.Empty(_loader.Table.List(null, 100).Models);
        Assert.Null(await _loader.Table.LoadAndReleaseAsync("a", "/a").InTime());
    }

    [Fact]
    public async Task A_loader_that_throws_leaves_nothing_either()
    {
        _loader.Pause();
        Task<InferenceError?> load = _loader.Table.LoadAndReleaseAsync("a", FakeLoader.Throwing);
        Task<InferenceError> waiting = _loader.RefusalAsync("a");

        _loader.Continue();

        await Assert.ThrowsAsync<InvalidDataException>(() => load.InTime());
        Assert.Equal(InferenceErrorKind.ModelNotFound, (await waiting).Kind);
        Assert.Null(await _loader.Table.LoadAndReleaseAsync("a", "/a").InTime());
    }

    [Fact]
    public async Task A_load_that_cannot_start_leaves_the_name_free()
    {
        var pool = new WorkerPool("test", 1);
        var table = new ModelTable<FakeModel>((path, _) => new FakeModel(path), pool);
        pool.Dispose();

        await Assert.ThrowsAnyAsync<InvalidOperationException>(() => table.LoadAndReleaseAsync("a", "/a").InTime());

        Assert.NotNull((await table.AcquireAsync("a", CancellationToken.None).InTime()).Error);
    }

    [Fact]
    public async Task Cancelling_a_waiting_request_does_not_stop_the_load()
    {
        _loader.Pause();
        Task<InferenceError?> load = _loader.Table.LoadAndReleaseAsync("a", "/a");
        using var cancellation = new CancellationTokenSource();
        Task<Result<ModelLease<FakeModel>>> waiting = _loader.Table.AcquireAsync("a", cancellation.Token).AsTask();

        await cancellation.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting.InTime());
        _loader.Continue();
        Assert.Null(await load.InTime());
        // The cancelled request has no lease, so the unload completes.
        Assert.Null(await _loader.Table.UnloadAsync("a").InTime());
    }
}
