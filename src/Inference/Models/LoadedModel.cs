using Thaw.Inference.Memory;
using Thaw.Inference.Tasks;
using Thaw.Onnx;
using Thaw.Tokenizers;

namespace Thaw.Inference.Models;

/// <summary>All that serves one model: tokenizer, session and task. Closed by its slot when nobody uses it any more.</summary>
public sealed class LoadedModel : IDisposable
{
    private readonly MemoryReservation _reservation;
    private readonly OrtEnvironment _environment;
    private long _invocations;

    internal LoadedModel(OrtSession session, ModelSignature signature, Tokenizer tokenizer, int maxTokens, Classification classification, MemoryReservation reservation, OrtEnvironment environment)
    {
        Session = session;
        Signature = signature;
        Tokenizer = tokenizer;
        MaxTokens = maxTokens;
        Classification = classification;
        _reservation = reservation;
        _environment = environment;
    }

    internal OrtSession Session { get; }

    internal ModelSignature Signature { get; }

    /// <summary>Plain memory: usable also after the model is closed.</summary>
    public Tokenizer Tokenizer { get; }

    /// <summary>Tokens that one text may have, special tokens among them.</summary>
    public int MaxTokens { get; }

    public Classification Classification { get; }

    public TimeSpan LoadTime { get; internal init; }

    /// <summary>Why the weights were copied instead of being read from the mapped file; null when they were not.</summary>
    public string? PlainReason { get; internal init; }

    public long ReservedBytes => _reservation.Bytes;

    public long Invocations => Interlocked.Read(ref _invocations);

    internal void CountInvocation() => Interlocked.Increment(ref _invocations);

    public void Dispose()
    {
        try
        {
            Session.Dispose();
            // The tokenizer's tables are large objects, which nothing else collects for long. Not compacting: that would copy the tables
            // of all other models.
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Forced, blocking: true, compacting: false);
            _environment.TrimMemory();
        }
        finally
        {
            _reservation.Dispose();
        }
    }
}
