using Thaw.Inference;
using Thaw.Inference.Batching;
using Thaw.Inference.Serving;
using Thaw.Server.Http;
using Thaw.Server.Pipeline;
using Thaw.Tokenizers;
using Thaw.Tokenizers.Encodings;

namespace Thaw.Server.Protocols.Tei;

/// <summary>A request to tokenize texts. They are tokenized while the answer is written, with a tokenizer that outlives the lease.</summary>
internal sealed class TokenizeRequest : ModelRequest
{
    private Tokenizer? _tokenizer;

    public RequestTexts Texts { get; } = new();

    public bool AddSpecialTokens { get; set; } = true;

    /// <summary>What start and stop count.</summary>
    public OffsetUnit Offsets { get; set; }

    public override InferenceError? Finish(LoadedModel model, FloatRows? rows)
    {
        _tokenizer = model.Tokenizer;
        return null;
    }

    public override async Task WriteAsync(HttpResponse response)
    {
        using var answer = new JsonAnswer(response);
        using var writer = new TokenizeWriter(answer, _tokenizer!, this);
        await writer.WriteAsync();
    }

    public override void Dispose() => Texts.Dispose();
}
