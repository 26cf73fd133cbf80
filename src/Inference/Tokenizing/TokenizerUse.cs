using Thaw.Tokenizers;

namespace Thaw.Inference.Tokenizing;

/// <summary>The use of a shared tokenizer by one load, then by its model.</summary>
/// <param name="recognized">Time to recognize it.</param>
/// <param name="isFirst">Whether this use began to parse it.</param>
internal sealed class TokenizerUse(TokenizerTable table, SharedTokenizer shared, TimeSpan recognized, bool isFirst) : IDisposable
{
    private bool _isReleased;

    /// <summary>The tokenizer, once it is parsed.</summary>
    /// <exception cref="TokenizerFileException">A file cannot be used.</exception>
    public Tokenizer Tokenizer => shared.Parsing.GetAwaiter().GetResult().Tokenizer;

    /// <summary>Time to recognize it, and to parse it if this use began that.</summary>
    public TimeSpan Time => isFirst ? recognized + shared.Parsing.GetAwaiter().GetResult().Time : recognized;

    /// <summary>Ends the use. True if it was the last one, so that the tokenizer's memory can be collected.</summary>
    public bool Release() => !Interlocked.Exchange(ref _isReleased, true) && table.Release(shared);

    public void Dispose() => Release();
}
