using System.Collections.Concurrent;
using Thaw.Inference;
using Thaw.Inference.Files;
using Thaw.Inference.Serving;

namespace Thaw.UnitTests.Inference.Serving;

/// <summary>A table with a loader that a test can pause, and that fails for some paths.</summary>
internal sealed class FakeLoader : IDisposable
{
    public const string Broken = "/broken";
    public const string Throwing = "/throwing";
    public const string BreaksOnClose = "/breaks-on-close";

    private readonly ManualResetEventSlim _open = new(initialState: true);
    private readonly WorkerPool _pool;
    private int _loads;

    public FakeLoader(int threads = 2)
    {
        _pool = new WorkerPool("test-load", threads);
        Table = new ModelTable<FakeModel>(Load, _pool);
    }

    public ModelTable<FakeModel> Table { get; }

    public ConcurrentQueue<FakeModel> Models { get; } = [];

    public int Loads => Volatile.Read(ref _loads);

    /// <summary>Loads that start from now on wait until <see cref="Continue"/>.</summary>
    public void Pause() => _open.Reset();

    public void Continue() => _open.Set();

    public async Task<ModelLease<FakeModel>> LeaseAsync(string name)
    {
        Result<ModelLease<FakeModel>> acquired = await Table.AcquireAsync(name, CancellationToken.None).InTime();
        Assert.Null(acquired.Error);
        return acquired.Value;
    }

    public async Task<InferenceError> RefusalAsync(string name)
    {
        Result<ModelLease<FakeModel>> acquired = await Table.AcquireAsync(name, CancellationToken.None).InTime();
        Assert.NotNull(acquired.Error);
        return acquired.Error;
    }

    public void Dispose()
    {
        Continue();
        _pool.Dispose();
        _open.Dispose();
    }

    private Result<FakeModel> Load(string path, ModelSettings settings)
    {
        Interlocked.Increment(ref _loads);
        _open.Wait();
        switch (path)
        {
            case Broken: return new InferenceError(InferenceErrorKind.InvalidModel, "It is broken.");
            case Throwing: throw new InvalidDataException("The loader threw.");
        }

        var model = new FakeModel(path, breaksOnClose: path == BreaksOnClose);
        Models.Enqueue(model);
        return model;
    }
}
