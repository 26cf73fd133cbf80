using System.Collections.Concurrent;

namespace Thaw.Inference;

/// <summary>
/// A fixed number of threads for work that blocks in native code. Loads and runs stay off the thread pool, which serves the
/// connections: a few of them at once would take all its threads, and health checks would wait for them.
/// </summary>
public sealed class WorkerPool : IDisposable
{
    private readonly BlockingCollection<Action> _queue = [];
    private readonly Thread[] _threads;

    public WorkerPool(string name, int threads)
    {
        _threads = new Thread[threads];
        for (int i = 0; i < threads; i++)
        {
            _threads[i] = new Thread(Work) { Name = $"{name}-{i}", IsBackground = true };
            _threads[i].Start();
        }
    }

    /// <summary>Runs <paramref name="work"/> on one of the threads, in the order of the calls. The task fails with an exception of the work.</summary>
    public Task<T> RunAsync<T>(Func<T> work)
    {
        // Continuations run elsewhere: a handler that writes its answer next must not block this pool's thread.
        var completion = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        _queue.Add(() =>
        {
            try
            {
                completion.SetResult(work());
            }
            catch (Exception exception)
            {
                completion.SetException(exception);
            }
        });
        return completion.Task;
    }

    /// <summary>Finishes the queued work and ends the threads.</summary>
    public void Dispose()
    {
        _queue.CompleteAdding();
        foreach (Thread thread in _threads) thread.Join();
        _queue.Dispose();
    }

    private void Work()
    {
        // An enumerator would keep the last work, and all that it refers to, until there is more.
        while (_queue.TryTake(out Action? work, Timeout.Infinite)) work();
    }
}
