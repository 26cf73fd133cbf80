using Thaw.Inference.Batching;
using Thaw.Tokenizers.Encodings;

namespace Thaw.Server.Protocols.Tei;

/// <summary>A request to tokenize texts. Its owner disposes it when the answer is written.</summary>
internal sealed class TokenizeRequest : IDisposable
{
    public RequestTexts Texts { get; } = new();

    public bool AddSpecialTokens { get; set; } = true;

    /// <summary>What start and stop count.</summary>
    public OffsetUnit Offsets { get; set; }

    public void Dispose() => Texts.Dispose();
}
