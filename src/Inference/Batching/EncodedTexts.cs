using System.Numerics.Tensors;
using Thaw.Inference.Memory;
using Thaw.Tokenizers;

namespace Thaw.Inference.Batching;

/// <summary>The token ids and types of all texts of a request, in pooled buffers. Its one owner disposes it.</summary>
public sealed class EncodedTexts : IDisposable
{
    private const int BytesPerToken = sizeof(int) + sizeof(byte);

    // Some milliseconds of work.
    private const int TokensBetweenPauses = 32 << 10;

    private PooledBuffer<int> _ids;
    private PooledBuffer<byte> _typeIds;

    // Where each text ends.
    private PooledBuffer<int> _ends;

    // The texts by length; empty as long as they are in the order of the request.
    private PooledBuffer<int> _order;

    private EncodedTexts(int texts, int tokens)
    {
        _ids = new(tokens);
        _typeIds = new(tokens);
        _ends = new(texts);
        _order = new(0);
    }

    /// <summary>Number of texts; a pair is one.</summary>
    public int Count => _ends.Length;

    /// <summary>
    /// Encodes a request's texts, or pairs of texts, each cut to what its limit and the model's allow. It works on the calling thread, and lets others
    /// have the thread between the texts of a large request.
    /// </summary>
    /// <param name="maxTokens">Tokens that the model takes, special tokens among them.</param>
    /// <param name="types">Token types that the model knows.</param>
    /// <param name="room">Grows with the tokens; null where there are only a few.</param>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static async ValueTask<Result<EncodedTexts>> EncodeAsync(
        Tokenizer tokenizer, int maxTokens, int types, RequestTexts texts, MemoryReservation? room = null, CancellationToken cancellation = default)
    {
        var encoded = new EncodedTexts(texts.Count, tokens: 64);
        bool handedOver = false;
        long reserved = room?.Bytes ?? 0;
        int pause = TokensBetweenPauses;
        try
        {
            for (int i = 0; i < texts.Count; i++)
            {
                if (encoded.Add(tokenizer, maxTokens, types, texts, i) is { } refused) return refused;
                if (room?.TryGrow(reserved + ((long)encoded._ids.Length * BytesPerToken)) is false)
                    return new InferenceError(InferenceErrorKind.Busy, "The memory reserved for requests is full.");
                if (encoded._ids.Length < pause) continue;
                pause = encoded._ids.Length + TokensBetweenPauses;
                cancellation.ThrowIfCancellationRequested();
                await Task.Yield();
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
        _order.Dispose();
    }

    /// <summary>Number of tokens of a text, including special tokens.</summary>
    internal int Length(int text)
    {
        (int start, int end) = Place(text);
        return end - start;
    }

    internal ReadOnlySpan<int> Ids(int text)
    {
        (int start, int end) = Place(text);
        return _ids.Written[start..end];
    }

    internal ReadOnlySpan<byte> TypeIds(int text)
    {
        (int start, int end) = Place(text);
        return _typeIds.Written[start..end];
    }

    /// <summary>Sorts the texts by their lengths.</summary>
    internal void SortByLength()
    {
        Span<int> order = _order.Reserve(Count);
        using var lengths = new PooledBuffer<int>(Count);
        Span<int> keys = lengths.Reserve(Count);
        for (int i = 0; i < Count; i++) (order[i], keys[i]) = (i, Length(i));
        keys.Sort(order);
        _order.Advance(Count);
    }

    /// <summary>The position that a text had in the request.</summary>
    internal int PositionInRequest(int text) => _order.Length == 0 ? text : _order.Written[text];

    private (int Start, int End) Place(int text)
    {
        int given = PositionInRequest(text);
        return (given == 0 ? 0 : _ends.Written[given - 1], _ends.Written[given]);
    }

    private InferenceError? Add(Tokenizer tokenizer, int maxTokens, int types, RequestTexts texts, int index)
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
        if (length == 0)
        {
            return new InferenceError(
                InferenceErrorKind.InvalidRequest, $"Text {index + 1} has no tokens: it is empty, and the tokenizer adds no special tokens.");
        }

        if (TensorPrimitives.Max<byte>(_typeIds.Reserve(length)[..length]) is var type && type >= types)
        {
            return new InferenceError(
                InferenceErrorKind.InvalidRequest,
                $"Text {index + 1} has tokens of type {type}, as the second text of a pair, but the model knows only {types} token type(s).");
        }

        _ids.Advance(length);
        _typeIds.Advance(length);
        _ends.Reserve(1)[0] = _ids.Length;
        _ends.Advance(1);
        return null;
    }
}
