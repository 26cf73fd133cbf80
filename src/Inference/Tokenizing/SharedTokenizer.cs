using Thaw.Inference.Memory;
using Thaw.Tokenizers;
using Thaw.Tokenizers.Files;

namespace Thaw.Inference.Tokenizing;

/// <summary>A tokenizer in the <see cref="TokenizerTable"/>, which owns it.</summary>
/// <param name="memory">The memory of its tables.</param>
internal sealed class SharedTokenizer(TokenizerKey key, MemoryReservation memory)
{
    public TokenizerKey Key => key;

    public MemoryReservation Memory => memory;

    /// <summary>Completes when the tokenizer is parsed, with the time that it took.</summary>
    public Task<(Tokenizer Tokenizer, TimeSpan Time)> Parsing { get; set; } = null!;

    /// <summary>Loads and models that use it; guarded by the table's lock.</summary>
    public int Users { get; set; }
}
