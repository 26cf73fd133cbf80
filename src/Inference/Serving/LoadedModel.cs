using Thaw.Inference.Tasks;
using Thaw.Inference.Tiers;
using Thaw.Tokenizers;

namespace Thaw.Inference.Serving;

/// <summary>Everything that serves one model: tokenizer, sessions and task. Its slot closes it when the last lease is returned.</summary>
public sealed class LoadedModel : IDisposable
{
    private readonly Promoter _promoter;
    private readonly InvocationWindow _window;
    private long _invocations;

    internal LoadedModel(ModelSessions sessions, TextInputs inputs, ModelTask task, Tokenizer tokenizer, int maxTokens, Promoter promoter)
    {
        Sessions = sessions;
        Inputs = inputs;
        Task = task;
        Tokenizer = tokenizer;
        MaxTokens = maxTokens;
        _promoter = promoter;
        _window = new InvocationWindow(promoter.Rule);
    }

    internal ModelSessions Sessions { get; }

    internal TextInputs Inputs { get; }

    public ModelTask Task { get; }

    /// <summary>Managed memory, so it can be used even after the model is closed.</summary>
    public Tokenizer Tokenizer { get; }

    /// <summary>Token limit of one text, including special tokens.</summary>
    public int MaxTokens { get; }

    public LoadTimes LoadTimes { get; internal init; }

    /// <summary>Why the weights were copied instead of read from the mapped file; null if they were not copied.</summary>
    public string? CopyReason { get; internal init; }

    /// <summary>0 while the weights are used as they are in the file, 1 once they are packed.</summary>
    public int Tier => Sessions.Tier;

    /// <summary>Bytes of the files that the weights are read from: page cache, which the system can reclaim.</summary>
    public long MappedBytes => Sessions.MappedBytes;

    /// <summary>Private memory in bytes, as reserved in the memory budget.</summary>
    public long ReservedBytes => Sessions.ReservedBytes;

    public long Invocations => Interlocked.Read(ref _invocations);

    /// <summary>Counts an invocation, and proposes the model for promotion when it is used often.</summary>
    internal void RecordInvocation()
    {
        long count = Interlocked.Increment(ref _invocations);
        if (_window.Count(count) && Tier == 0) _promoter.Propose(Sessions);
    }

    public void Dispose()
    {
        Sessions.Dispose();
        // The tokenizer's tables are on the large object heap, which is rarely collected otherwise. Compacting would copy the tables of all
        // other models.
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Forced, blocking: true, compacting: false);
        Sessions.Environment.TrimMemory();
    }
}
