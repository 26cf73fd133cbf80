using System.Collections.Concurrent;
using Thaw.Inference;

namespace Thaw.UnitTests.Inference;

public sealed class WorkerPoolTests
{
    [Fact]
    public async Task Work_returns_its_result_and_runs_on_a_named_thread()
    {
        using var pool = new WorkerPool("named", 1);

        Assert.Equal("named-0", await pool.RunAsync(() => Thread.CurrentThread.Name).InTime());
    }

    [Fact]
    public async Task One_thread_runs_work_in_the_order_of_the_calls()
    {
        using var pool = new WorkerPool("test", 1);
        List<int> order = [];

        await Task.WhenAll(Enumerable.Range(0, 1000).Select(number => pool.RunAsync(() =>
        {
            order.Add(number);
            return number;
        }))).InTime();

        Assert.Equal(Enumerable.Range(0, 1000), order);
    }

    [Fact]
    public async Task All_threads_work_at_once()
    {
        using var pool = new WorkerPool("test", 3);
        using var barrier = new Barrier(3);

        bool[] met = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => pool.RunAsync(() =>
        {
            barrier.SignalAndWait();
            return true;
        }))).InTime();

        Assert.DoesNotContain(false, met);
    }

    [Fact]
    public async Task A_task_fails_with_the_exception_of_its_work_and_the_thread_continues()
    {
        using var pool = new WorkerPool("test", 1);

        await Assert.ThrowsAsync<InvalidDataException>(() => pool.RunAsync<int>(() => throw new InvalidDataException()).InTime());
        await Assert.ThrowsAsync<OperationCanceledException>(() => pool.RunAsync<int>(() => throw new OperationCanceledException()).InTime());

        Assert.Equal(5, await pool.RunAsync(() => 5).InTime());
    }

    [Fact]
    public async Task Continuations_do_not_run_on_the_thread()
    {
        using var pool = new WorkerPool("held", 1);
        for (int round = 0; round < 100; round++)
        {
            string? next = await pool.RunAsync(() => 0).ContinueWith(
                _ => Thread.CurrentThread.Name, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default).InTime();
            Assert.NotEqual("held-0", next);
        }
    }

    [Fact]
    public void Disposing_finishes_queued_work()
    {
        var done = new ConcurrentBag<int>();
        using var start = new ManualResetEventSlim();
        var pool = new WorkerPool("test", 2);
        List<Task> tasks = [];
        for (int i = 0; i < 100; i++)
        {
            int number = i;
            tasks.Add(pool.RunAsync(() =>
            {
                start.Wait();
                done.Add(number);
                return number;
            }));
        }

        start.Set();
        pool.Dispose();

        Assert.Equal(100, done.Count);
        Assert.All(tasks, task => Assert.True(task.IsCompletedSuccessfully));
    }

    [Fact]
    public async Task A_disposed_pool_accepts_no_work()
    {
        var pool = new WorkerPool("test", 1);
        pool.Dispose();

        await Assert.ThrowsAnyAsync<InvalidOperationException>(() => pool.RunAsync(() => 0).InTime());
    }

    [Fact]
    public async Task A_thread_that_waits_keeps_nothing_of_the_work_that_it_did()
    {
        using var pool = new WorkerPool("test", 1);
        WeakReference result = await Task.Run(() => DoAsync(pool)).InTime();

        // The thread has returned from the work soon after its result is there.
        for (int round = 0; result.IsAlive && round < 1000; round++)
        {
            await Task.Delay(5);
            GC.Collect();
        }

        Assert.False(result.IsAlive);
    }

    // In its own method, so that no local of the test keeps the result.
    private static async Task<WeakReference> DoAsync(WorkerPool pool) => new(await pool.RunAsync(() => new object()));
}
