using Thaw.Inference.Architectures;
using Thaw.Inference.Layouts;
using Thaw.Inference.Tasks;
using Thaw.Inference.Tokenizing;
using Thaw.Onnx.Runtime;
using Thaw.Tokenizers;

namespace Thaw.Inference.Serving;

/// <summary>Everything that serves one model: tokenizer, weights and task. Its slot closes it when the last lease is returned.</summary>
public sealed class LoadedModel : IDisposable
{
    private const long Released = long.MaxValue;

    private readonly Promoter _promoter;
    private readonly InvocationWindow _window;
    private readonly TokenizerUse _tokenizer;
    private long _invocations;

    // In milliseconds of the system's clock; Released if it has not been used since its page tables were given back.
    private long _lastUse = Environment.TickCount64;

    internal LoadedModel(ModelWeights weights, ModelOrigin origin, TextInputs inputs, ModelTask task, TokenizerUse tokenizer, Promoter promoter)
    {
        Weights = weights;
        Origin = origin;
        Inputs = inputs;
        Task = task;
        _tokenizer = tokenizer;
        Tokenizer = tokenizer.Tokenizer;
        _promoter = promoter;
        _window = new InvocationWindow(promoter.Rule);
    }

    internal ModelWeights Weights { get; }

    internal ModelOrigin Origin { get; }

    internal TextInputs Inputs { get; }

    public ModelTask Task { get; }

    /// <summary>Models with the same files share it. Managed memory, so it can be used even after the model is closed.</summary>
    public Tokenizer Tokenizer { get; }

    /// <summary>Token limit of one text, including special tokens.</summary>
    public int MaxTokens => Inputs.MaxTokens;

    /// <summary>Number of token types that it knows.</summary>
    public int TokenTypes => Inputs.Types;

    /// <summary>Name of its ONNX file.</summary>
    public string ModelFile => Path.GetFileName(Origin.Directory.ModelFile);

    public LoadTimes LoadTimes { get; internal init; }

    /// <summary>Whether it runs in a session that all models of its architecture share.</summary>
    public bool IsShared => Weights.IsShared;

    /// <summary>Why the model has a session of its own; null if it runs in one that all models of its architecture share.</summary>
    public string? OwnSessionReason { get => IsShared ? null : field; internal init; }

    /// <summary>Why the weights were copied instead of read from the mapped file; null if they were not copied.</summary>
    public string? CopyReason { get; internal init; }

    /// <summary>How its weights are arranged now.</summary>
    public WeightForm Form => Weights.Form;

    /// <summary>Bytes of the files that the weights are read from: page cache, which the system can reclaim.</summary>
    public long MappedBytes => Weights.MappedBytes;

    /// <summary>Bytes of the kernel's page tables for these files; null if the system cannot tell. Reading it takes about 1 ms for 400 MB.</summary>
    public long? PageTableBytes => Weights.PageTableBytes;

    /// <summary>Private memory in bytes, as reserved in the memory budget.</summary>
    public long ReservedBytes => Weights.ReservedBytes;

    public long Invocations => Interlocked.Read(ref _invocations);

    /// <summary>Counts an invocation, and proposes the model for promotion when it is used often.</summary>
    internal void RecordInvocation()
    {
        long count = Interlocked.Increment(ref _invocations);
        Volatile.Write(ref _lastUse, Environment.TickCount64);
        if (_window.Count(count) && Form == WeightForm.Exported) _promoter.Propose(Weights);
    }

    /// <summary>Whether it has not been used for so long, and has not given its page tables back since.</summary>
    internal bool IsIdle(TimeSpan time) => Volatile.Read(ref _lastUse) <= Environment.TickCount64 - (long)time.TotalMilliseconds;

    /// <summary>Gives the page tables of its files back to the system. Runs may be under way; they bring back those that they need.</summary>
    internal void ReleasePageTables()
    {
        // First, so that a use meanwhile is not forgotten.
        Volatile.Write(ref _lastUse, Released);
        Weights.ReleasePageTables();
    }

    public void Dispose()
    {
        // The collection frees this model too if nothing here refers to it after that.
        OrtEnvironment environment = Weights.Environment;
        Weights.Dispose();
        // A tokenizer's tables are on the large object heap, which is rarely collected otherwise. Compacting would copy the tables of all
        // other models.
        if (_tokenizer.Release()) GC.Collect(GC.MaxGeneration, GCCollectionMode.Forced, blocking: true, compacting: false);
        environment.TrimMemory();
    }
}
