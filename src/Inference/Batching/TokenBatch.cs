using System.Buffers;
using System.Numerics;
using System.Runtime.InteropServices;
using Thaw.Inference.Memory;
using Thaw.Inference.Serving;
using Thaw.Inference.Tasks;
using Thaw.Onnx.Format;
using Thaw.Onnx.Runtime;
using Thaw.Tokenizers;

namespace Thaw.Inference.Batching;

/// <summary>The token ids of texts that run together: as many as fit before padding to the longest makes the run too large.</summary>
internal sealed class TokenBatch : IDisposable
{
    // A run's memory grows with the padded tokens, outside of the memory budget: 60 MB for these at BERT-base's width. A few hundred
    // fill the cores.
    private const int MaxPaddedTokens = 1024;
    private const int MaxRows = 64;

    private readonly int[] _lengths = new int[MaxRows];
    private int[] _ids = [];
    private byte[] _typeIds = [];
    private int _used;

    public int Rows { get; private set; }

    /// <summary>Tokens of the longest row, to which the others are padded.</summary>
    public int Columns { get; private set; }

    /// <summary>Encodes texts from <paramref name="first"/> on; <see cref="Rows"/> says how many went in, one at least.</summary>
    public static Result<TokenBatch> Encode(LoadedModel model, TextBatch texts, int first)
    {
        var batch = new TokenBatch();
        for (int i = first; i < texts.Count && batch.Rows < MaxRows; i++)
        {
            Result<bool> added = batch.TryAdd(model, texts, i);
            if (added.Error is { } error)
            {
                batch.Dispose();
                return error;
            }

            if (!added.Value) break;
        }

        return batch;
    }

    /// <summary>Writes the inputs that the model has, each [Rows, Columns], into a slab that the caller disposes.</summary>
    public TensorSlab FillInputs(LoadedModel model, Span<TensorView> views)
    {
        ModelSignature signature = model.Signature;
        return signature.InputType == TensorElementType.Int64
            ? FillInputs<long>(signature, model.Tokenizer.PadId, views)
            : FillInputs<int>(signature, model.Tokenizer.PadId, views);
    }

    public void Dispose()
    {
        int[] ids = Interlocked.Exchange(ref _ids, []);
        if (ids.Length == 0) return;
        ArrayPool<int>.Shared.Return(ids);
        ArrayPool<byte>.Shared.Return(_typeIds);
    }

    /// <summary>False when the text is left for the next batch.</summary>
    private Result<bool> TryAdd(LoadedModel model, TextBatch texts, int index)
    {
        bool pair = texts.IsPair(index);
        Tokenizer tokenizer = model.Tokenizer;
        int limit = texts.MaxTokens(index) is > 0 and var asked ? Math.Min(asked, model.MaxTokens) : model.MaxTokens;
        int specials = pair ? tokenizer.SpecialTokensForPair : tokenizer.SpecialTokensForOne;
        if (limit < specials)
            return new InferenceError(InferenceErrorKind.InvalidRequest, $"max_length {limit} leaves no room for the {specials} special tokens.");

        int length = Encode(tokenizer, texts, index, specials, limit, out bool truncated);
        if (truncated && !texts.Truncate(index))
        {
            return new InferenceError(
                InferenceErrorKind.InvalidRequest, $"Text {index + 1} has more than {limit} tokens. Shorten it, or let it be cut with \"truncation\": true.");
        }

        int columns = Math.Max(Columns, length);
        if (Rows > 0 && (Rows + 1) * columns > MaxPaddedTokens) return false;
        _lengths[Rows] = length;
        _used += length;
        Columns = columns;
        Rows++;
        return true;
    }

    private int Encode(Tokenizer tokenizer, TextBatch texts, int index, int specials, int limit, out bool truncated)
    {
        ReadOnlySpan<byte> first = texts.First(index);
        bool pair = texts.IsPair(index);
        ReadOnlySpan<byte> second = pair ? texts.Second(index) : default;
        // Nearly no text has more tokens than bytes. One that has is encoded again.
        for (long capacity = Math.Min(limit, (long)first.Length + second.Length + specials); ; capacity = Math.Min(limit, 2 * capacity + 1))
        {
            Reserve((int)capacity);
            Span<int> ids = _ids.AsSpan(_used, (int)capacity);
            Span<byte> typeIds = _typeIds.AsSpan(_used, (int)capacity);
            int length = pair ? tokenizer.EncodePair(first, second, ids, typeIds, out truncated) : tokenizer.Encode(first, ids, typeIds, out truncated);
            if (!truncated || capacity == limit) return length;
        }
    }

    private void Reserve(int capacity)
    {
        if (_ids.Length - _used >= capacity) return;
        int[] ids = ArrayPool<int>.Shared.Rent(Math.Max(_used + capacity, 2 * _ids.Length));
        byte[] typeIds = ArrayPool<byte>.Shared.Rent(ids.Length);
        _ids.AsSpan(0, _used).CopyTo(ids);
        _typeIds.AsSpan(0, _used).CopyTo(typeIds);
        Dispose();
        (_ids, _typeIds) = (ids, typeIds);
    }

    private TensorSlab FillInputs<T>(ModelSignature signature, int padId, Span<TensorView> views) where T : unmanaged, IBinaryInteger<T>
    {
        TensorSlab slab = TensorSlab.Rent(Rows * Columns * Marshal.SizeOf<T>() * views.Length);
        int bound = 0;
        Span<T> ids = Bind<T>(slab, signature, signature.InputIds, views, ref bound);
        Span<T> mask = Bind<T>(slab, signature, signature.AttentionMask, views, ref bound);
        Span<T> types = Bind<T>(slab, signature, signature.TokenTypeIds, views, ref bound);
        int start = 0;
        for (int row = 0; row < Rows; row++)
        {
            int length = _lengths[row];
            int first = row * Columns;
            for (int column = 0; column < length; column++) ids[first + column] = T.CreateTruncating(_ids[start + column]);
            ids[(first + length)..(first + Columns)].Fill(T.CreateTruncating(padId));
            if (!mask.IsEmpty)
            {
                mask.Slice(first, length).Fill(T.One);
                mask[(first + length)..(first + Columns)].Clear();
            }

            if (!types.IsEmpty)
            {
                for (int column = 0; column < length; column++) types[first + column] = T.CreateTruncating(_typeIds[start + column]);
                types[(first + length)..(first + Columns)].Clear();
            }

            start += length;
        }

        return slab;
    }

    /// <summary>The next part of the slab, bound to an input; empty when the model has no such input.</summary>
    private Span<T> Bind<T>(TensorSlab slab, ModelSignature signature, int input, Span<TensorView> views, ref int bound) where T : unmanaged
    {
        if (input < 0) return default;
        int bytes = Rows * Columns * Marshal.SizeOf<T>();
        int offset = bound * bytes;
        views[bound++] = new TensorView(input, slab.AddressOf(offset), signature.InputType, Rows, Columns);
        return MemoryMarshal.Cast<byte, T>(slab.Bytes.Slice(offset, bytes));
    }
}
