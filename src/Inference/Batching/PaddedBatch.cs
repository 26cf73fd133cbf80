using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Thaw.Inference.Memory;
using Thaw.Inference.Tasks;
using Thaw.Onnx.Format;
using Thaw.Onnx.Runtime;

namespace Thaw.Inference.Batching;

/// <summary>Texts that run together, padded to the length of the longest.</summary>
/// <param name="First">Position of the first text in <paramref name="Texts"/>.</param>
/// <param name="Rows">Number of texts, at least one.</param>
/// <param name="Columns">Tokens of the longest text.</param>
internal readonly record struct PaddedBatch(EncodedTexts Texts, int First, int Rows, int Columns)
{
    // A run's memory grows with its padded tokens and is not in the memory budget: 60 MB for this many in a BERT-base. A few hundred
    // tokens are enough to keep the cores busy.
    public const int MaxPaddedTokens = 1024;

    public const int MaxRows = 64;

    /// <summary>Takes as many texts, starting at <paramref name="first"/>, as fit before padding makes the run too large.</summary>
    public static PaddedBatch Next(EncodedTexts texts, int first)
    {
        int rows = 0, columns = 0;
        for (; first + rows < texts.Count && rows < MaxRows; rows++)
        {
            int longest = Math.Max(columns, texts.Length(first + rows));
            if (rows > 0 && (rows + 1) * longest > MaxPaddedTokens) break;
            columns = longest;
        }

        return new PaddedBatch(texts, first, rows, columns);
    }

    /// <summary>Writes the number of tokens of each row.</summary>
    public void CopyLengths(Span<int> lengths)
    {
        for (int row = 0; row < Rows; row++) lengths[row] = Texts.Length(First + row);
    }

    /// <summary>Writes the inputs that the model has, each [Rows, Columns], into a slab that the caller disposes after the run.</summary>
    /// <param name="views">Receives one view for each input.</param>
    public TensorSlab FillInputs(TextInputs inputs, int padId, Span<TensorView> views) =>
        inputs.ElementType == TensorElementType.Int64 ? FillInputs<long>(inputs, padId, views) : FillInputs<int>(inputs, padId, views);

    private TensorSlab FillInputs<T>(TextInputs inputs, int padId, Span<TensorView> views) where T : unmanaged, IBinaryInteger<T>
    {
        TensorSlab slab = TensorSlab.Rent(Rows * Columns * Unsafe.SizeOf<T>() * views.Length);
        int bound = 0;
        Span<T> ids = Bind<T>(slab, inputs.ElementType, inputs.Ids, views, ref bound);
        Span<T> mask = Bind<T>(slab, inputs.ElementType, inputs.Mask, views, ref bound);
        Span<T> types = Bind<T>(slab, inputs.ElementType, inputs.TypeIds, views, ref bound);
        for (int row = 0; row < Rows; row++)
        {
            int first = row * Columns, length = Texts.Length(First + row), end = first + Columns;
            Copy(Texts.Ids(First + row), ids[first..]);
            ids[(first + length)..end].Fill(T.CreateTruncating(padId));
            if (!mask.IsEmpty)
            {
                mask.Slice(first, length).Fill(T.One);
                mask[(first + length)..end].Clear();
            }

            if (!types.IsEmpty)
            {
                Copy(Texts.TypeIds(First + row), types[first..]);
                types[(first + length)..end].Clear();
            }
        }

        return slab;
    }

    /// <summary>Binds the next part of the slab to an input; empty if the model has no such input.</summary>
    private Span<T> Bind<T>(TensorSlab slab, TensorElementType type, int input, Span<TensorView> views, ref int bound) where T : unmanaged
    {
        if (input < 0) return default;
        int bytes = Rows * Columns * Unsafe.SizeOf<T>();
        int offset = bound * bytes;
        views[bound++] = new TensorView(input, slab.AddressOf(offset), type, new TensorShape(Rows, Columns));
        return MemoryMarshal.Cast<byte, T>(slab.Bytes.Slice(offset, bytes));
    }

    private static void Copy<TFrom, TTo>(ReadOnlySpan<TFrom> from, Span<TTo> to) where TFrom : IBinaryInteger<TFrom> where TTo : IBinaryInteger<TTo>
    {
        for (int i = 0; i < from.Length; i++) to[i] = TTo.CreateTruncating(from[i]);
    }
}
