using Thaw.Inference.Loading;
using Thaw.Inference.Tasks;
using Thaw.Inference.Tiers;
using Thaw.Onnx.Runtime;
using Thaw.Tokenizers;

namespace Thaw.Inference.Serving;

/// <summary>All that serves one model: tokenizer, sessions and task. Closed by its slot when nobody uses it any more.</summary>
public sealed class LoadedModel : IDisposable
{
    private readonly Promoter _promoter;
    private readonly InvocationWindow _window;
    private long _invocations;

    internal LoadedModel(ModelSessions sessions, ModelSignature signature, Tokenizer tokenizer, int maxTokens, Classification classification, Promoter promoter, OrtEnvironment environment)
    {
        Sessions = sessions;
        Signature = signature;
        Tokenizer = tokenizer;
        MaxTokens = maxTokens;
        Classification = classification;
        _promoter = promoter;
        _window = new InvocationWindow(promoter.Rule);
        Environment = environment;
    }

    /// <summary>Directory that it was loaded from.</summary>
    public required string Directory { get; init; }

    internal OrtEnvironment Environment { get; }

    internal ModelSessions Sessions { get; }

    internal ModelSignature Signature { get; }

    /// <summary>Plain memory: usable also after the model is closed.</summary>
    public Tokenizer Tokenizer { get; }

    /// <summary>Tokens that one text may have, special tokens among them.</summary>
    public int MaxTokens { get; }

    public Classification Classification { get; }

    public LoadTimes LoadTimes { get; internal init; }

    /// <summary>Why the weights were copied instead of being read from the mapped file; null when they were not.</summary>
    public string? PlainReason { get; internal init; }

    /// <summary>0 while the weights are used as they lie in the file, 1 once they are packed.</summary>
    public int Tier => Sessions.Tier;

    /// <summary>Bytes of files that the weights are read from: page cache, which the system takes back when it needs it.</summary>
    public long MappedBytes => Sessions.MappedBytes;

    /// <summary>Bytes of the budget: private memory.</summary>
    public long ReservedBytes => Sessions.ReservedBytes;

    public long Invocations => Interlocked.Read(ref _invocations);

    internal void CountInvocation()
    {
        long count = Interlocked.Increment(ref _invocations);
        if (_window.Count(count) && Tier == 0) _promoter.Propose(this);
    }

    public void Dispose()
    {
        Sessions.Dispose();
        // The tokenizer's tables are large objects, which nothing else collects for long. Not compacting: that would copy the tables
        // of all other models.
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Forced, blocking: true, compacting: false);
        Environment.TrimMemory();
    }
}
