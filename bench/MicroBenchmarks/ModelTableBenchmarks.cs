using System.Collections.Concurrent;
using BenchmarkDotNet.Attributes;
using Thaw.Inference;
using Thaw.Inference.Serving;

namespace Thaw.MicroBenchmarks;

/// <summary>The cost for each request to find its model and hold it: a lease and its return, compared with the look-up alone.</summary>
[MemoryDiagnoser]
public class ModelTableBenchmarks
{
    private const string Name = "model-500";

    private readonly ConcurrentDictionary<string, object> _dictionary = new(StringComparer.Ordinal);
    private WorkerPool _loads = null!;
    private ModelTable<NoModel> _table = null!;

    private sealed class NoModel : IDisposable
    {
        public void Dispose()
        {
        }
    }

    [GlobalSetup]
    public async Task Setup()
    {
        const int Models = 1000;
        _loads = new WorkerPool("bench", 1);
        _table = new ModelTable<NoModel>((_, _) => new NoModel(), _loads);
        for (int i = 0; i < Models; i++)
        {
            _dictionary[$"model-{i}"] = this;
            _ = await _table.LoadAsync($"model-{i}", "/");
        }
    }

    [GlobalCleanup]
    public void Cleanup() => _loads.Dispose();

    [Benchmark(Baseline = true), AllocatesAtMost(0)]
    public bool Find() => _dictionary.TryGetValue(Name, out _);

    [Benchmark, AllocatesAtMost(0)]
    public bool AcquireAndRelease()
    {
        // Completes at once, because the model is ready.
        Result<ModelLease<NoModel>> acquired = _table.AcquireAsync(Name, CancellationToken.None).GetAwaiter().GetResult();
        if (acquired.Error is not null) return false;
        acquired.Value.Dispose();
        return true;
    }
}
