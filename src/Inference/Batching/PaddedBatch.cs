using Thaw.Inference.Memory;
using Thaw.Inference.Tasks;
using Thaw.Onnx.Runtime;

namespace Thaw.Inference.Batching;

/// <summary>Texts that run together, padded to one length.</summary>
/// <param name="First">Position of the first text in <paramref name="Texts"/>.</param>
/// <param name="Rows">Number of texts, at least one.</param>
/// <param name="RunRows">Number of rows of the run: more than texts if the model takes only this number.</param>
/// <param name="Columns">Tokens of each row: of the longest text, or the number that the model takes.</param>
internal readonly record struct PaddedBatch(EncodedTexts Texts, int First, int Rows, int RunRows, int Columns)
{
    // A run's memory grows with its padded tokens and is not in the memory budget: 60 MB for this many in a BERT-base. A few hundred
    // tokens are enough to keep the cores busy.
    public const int MaxPaddedTokens = 1024;

    public const int MaxRows = 64;

    /// <summary>Takes as many texts, starting at <paramref name="first"/>, as the model takes at once and as fit before padding makes the run too
    /// large.</summary>
    public static PaddedBatch Next(EncodedTexts texts, int first, TextInputs inputs)
    {
        int rows = 0, columns = inputs.Columns ?? 0;
        for (; first + rows < texts.Count && rows < (inputs.RunsAlone ? 1 : inputs.Rows ?? MaxRows); rows++)
        {
            int longest = Math.Max(columns, texts.Length(first + rows));
            if (rows > 0 && inputs.NeedsEqualLengths && texts.Length(first + rows) != columns) break;
            if (rows > 0 && inputs.Rows is null && (rows + 1) * longest > MaxPaddedTokens) break;
            columns = longest;
        }

        return new PaddedBatch(texts, first, rows, inputs.Rows ?? rows, columns);
    }

    /// <summary>The text in a row of the run. Rows behind the last text repeat it.</summary>
    public int TextOf(int row) => First + Math.Min(row, Rows - 1);

    /// <summary>Writes the number of tokens of each row of the run.</summary>
    public void CopyLengths(Span<int> lengths)
    {
        for (int row = 0; row < RunRows; row++) lengths[row] = Texts.Length(TextOf(row));
    }

    /// <summary>Writes the inputs that the model has into a slab that the caller disposes after the run.</summary>
    /// <param name="views">Receives one view for each input.</param>
    public TensorSlab FillInputs(TextInputs inputs, Span<TensorView> views)
    {
        // The slab is not known yet, so the views begin with offsets. Each is a multiple of the longest element.
        long end = 0;
        for (int i = 0; i < views.Length; i++)
        {
            TextInput input = inputs.All[i];
            views[i] = new TensorView(input.Index, (nint)end, input.ElementType, input.ShapeOf(RunRows, Columns));
            end += (views[i].ByteLength + sizeof(long) - 1) / sizeof(long) * sizeof(long);
        }

        TensorSlab slab = TensorSlab.Rent(checked((int)end));
        for (int i = 0; i < views.Length; i++)
        {
            int offset = (int)views[i].Address;
            new InputFiller(this, inputs, inputs.All[i], slab.Bytes.Slice(offset, (int)views[i].ByteLength)).Fill();
            views[i] = views[i] with { Address = slab.AddressOf(offset) };
        }

        return slab;
    }
}
