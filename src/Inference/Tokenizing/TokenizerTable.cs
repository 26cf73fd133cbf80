using System.Diagnostics;
using Thaw.Inference.Memory;
using Thaw.Tokenizers;
using Thaw.Tokenizers.Files;

namespace Thaw.Inference.Tokenizing;

/// <summary>
/// The tokenizers of the loaded models, by the content of their files: models with the same files share one, which is parsed once. A tokenizer
/// stays in the table as long as a model uses it; one that cannot be parsed does not stay.
/// </summary>
/// <param name="parsers">Parse tokenizers, in parallel with the rest of a load.</param>
internal sealed class TokenizerTable(WorkerPool parsers)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<TokenizerKey, SharedTokenizer> _tokenizers = [];

    /// <summary>The tokenizer of a directory. If no loaded model has the same one, this begins to parse it.</summary>
    /// <param name="hint">What the model's config.json says about it.</param>
    /// <param name="reserve">Reserves memory for a new tokenizer; the table releases it after the last use.</param>
    /// <exception cref="TokenizerFileException">A file is missing or cannot be used.</exception>
    public Result<TokenizerUse> Take(string directory, TokenizerHint hint, Func<long, Result<MemoryReservation>> reserve)
    {
        long start = Stopwatch.GetTimestamp();
        TokenizerKey key = TokenizerFiles.Recognize(directory, hint);
        lock (_lock)
        {
            if (_tokenizers.TryGetValue(key, out SharedTokenizer? known)) return Use(known, start);
        }

        if (!reserve(key.Bytes).TryGet(out MemoryReservation? memory, out InferenceError? refused)) return refused;
        SharedTokenizer? added = null;
        try
        {
            TokenizerSource source = TokenizerFiles.Read(directory, hint, key);
            lock (_lock)
            {
                // Another load may have begun to parse it by now.
                if (_tokenizers.TryGetValue(key, out SharedTokenizer? first)) return Use(first, start);
                var shared = new SharedTokenizer(key, memory);
                // The thread that parses waits for this lock before it reports a failure.
                shared.Parsing = parsers.RunAsync(() => Parse(source, shared));
                _tokenizers.Add(key, shared);
                added = shared;
                return Use(shared, start);
            }
        }
        finally
        {
            if (added is null) memory.Dispose();
        }
    }

    /// <summary>Ends a use. True if it was the last one, so that the tokenizer's memory can be collected.</summary>
    internal bool Release(SharedTokenizer shared)
    {
        // Until it is parsed, it needs the memory that is reserved for it. Ignore its exception; the load that gets here failed before.
        Task.WhenAny(shared.Parsing).Wait();
        lock (_lock)
        {
            if (--shared.Users > 0) return false;
            Remove(shared);
        }

        shared.Memory.Dispose();
        return true;
    }

    /// <summary>For the owner of the lock.</summary>
    private TokenizerUse Use(SharedTokenizer shared, long start)
    {
        bool isFirst = shared.Users++ == 0;
        return new TokenizerUse(this, shared, Stopwatch.GetElapsedTime(start), isFirst);
    }

    private (Tokenizer Tokenizer, TimeSpan Time) Parse(TokenizerSource source, SharedTokenizer shared)
    {
        long start = Stopwatch.GetTimestamp();
        try
        {
            return (source.Parse(), Stopwatch.GetElapsedTime(start));
        }
        catch
        {
            // Before any load learns of the failure, so that the next one tries again.
            lock (_lock) Remove(shared);
            throw;
        }
    }

    // The key may be another's by now, after a failure.
    private void Remove(SharedTokenizer shared)
    {
        if (_tokenizers.GetValueOrDefault(shared.Key) == shared) _tokenizers.Remove(shared.Key);
    }
}
