using Thaw.Inference.Memory;
using Thaw.Tokenizers;

namespace Thaw.Inference.Batching;

/// <summary>The token ids and types of all texts of a request, in pooled buffers. Its one owner disposes it.</summary>
public sealed class EncodedTexts : IDisposable
{
    private PooledBuffer<int> _ids;
    private PooledBuffer<byte> _typeIds;

    // Where each text ends.
    private PooledBuffer<int> _ends;

    private EncodedTexts(int texts, int tokens)
    {
        _ids = new(tokens);
        _typeIds = new(tokens);
        _ends = new(texts);
    }

    /// <summary>Number of texts; a pair is one.</summary>
    public int Count => _ends.Length;

    /// <summary>Encodes a request's texts, or pairs of texts, on the calling thread. Each is truncated to its own limit and the model's.</summary>
    /// <param name="maxTokens">The model's limit, including special tokens.</param>
    public static Result<EncodedTexts> Encode(Tokenizer tokenizer, int maxTokens, RequestTexts texts)
    {
        var encoded = new EncodedTexts(texts.Count, tokens: 64);
        bool handedOver = false;
        try
        {
            for (int i = 0; i < texts.Count; i++)
            {
                if (encoded.Add(tokenizer, maxTokens, texts, i) is { } refused) return refused;
            }

            handedOver = true;
            return encoded;
        }
        finally
        {
            if (!handedOver) encoded.Dispose();
        }
    }

    public void Dispose()
    {
        _ids.Dispose();
        _typeIds.Dispose();
        _ends.Dispose();
    }

    /// <summary>Number of tokens of a text, including special tokens.</summary>
    internal int Length(int text) => _ends.Written[text] - Start(text);

    internal ReadOnlySpan<int> Ids(int text) => _ids.Written[Start(text).._ends.Written[text]];

    internal ReadOnlySpan<byte> TypeIds(int text) => _typeIds.Written[Start(text).._ends.Written[text]];

    private int Start(int text) => text == 0 ? 0 : _ends.Written[text - 1];

    private InferenceError? Add(Tokenizer tokenizer, int maxTokens, RequestTexts texts, int index)
    {
        bool pair = texts.IsPair(index);
        int limit = texts.MaxTokens(index) is > 0 and var asked ? Math.Min(asked, maxTokens) : maxTokens;
        int specials = pair ? tokenizer.SpecialTokensForPair : tokenizer.SpecialTokensForOne;
        if (limit < specials)
            return new InferenceError(InferenceErrorKind.InvalidRequest, $"A limit of {limit} tokens leaves no room for the {specials} special tokens.");

        ReadOnlySpan<byte> first = texts.First(index), second = texts.Second(index);
        int length;
        bool truncated;
        // Very few texts have more tokens than bytes. Those are encoded again with more room.
        for (long capacity = Math.Min(limit, (long)first.Length + second.Length + specials); ; capacity = Math.Min(limit, 2 * capacity + 1))
        {
            Span<int> ids = _ids.Reserve((int)capacity);
            Span<byte> typeIds = _typeIds.Reserve((int)capacity);
            length = pair ? tokenizer.EncodePair(first, second, ids, typeIds, out truncated) : tokenizer.Encode(first, ids, typeIds, out truncated);
            if (!truncated || capacity == limit) break;
        }

        if (truncated && !texts.Truncate(index)) return new InferenceError(InferenceErrorKind.TextTooLong, $"Text {index + 1} has more than {limit} tokens.");
        _ids.Advance(length);
        _typeIds.Advance(length);
        _ends.Reserve(1)[0] = _ids.Length;
        _ends.Advance(1);
        return null;
    }
}
