using System.Runtime.InteropServices;
using Thaw.Inference.Memory;
using Thaw.Onnx.Format;
using Thaw.Onnx.Runtime;

namespace Thaw.Inference.Preparing;

/// <summary>A batch of random tokens, the same every time it is filled.</summary>
internal sealed record TrialBatch(int Rows, int Columns, TrialPadding Padding, int Seed)
{
    /// <summary>Tokens of the text that is timed.</summary>
    public const int TimedTokens = 32;

    // Maximum tokens of a row in batches of random size, which have more rows instead.
    private const int LongestRandom = 64;

    /// <summary>One text of one token, one of the maximum length, and texts of many lengths with all kinds of padding.</summary>
    public static TrialBatch[] For(TrialInputs inputs)
    {
        var random = new Random(7);
        int longest = inputs.MaxTokens;
        List<(int Rows, int Columns)> sizes = [(1, 1), (1, longest), (2, Math.Max(1, longest / 2))];
        for (int i = 0; i < 6; i++) sizes.Add((random.Next(1, 6), random.Next(1, Math.Min(longest, LongestRandom) + 1)));
        return [.. sizes.Select((size, i) => new TrialBatch(inputs.FixedRows ?? size.Rows, inputs.FixedColumns ?? size.Columns, (TrialPadding)(i % 4), i))];
    }

    public static TrialBatch Timed(TrialInputs inputs) =>
        new(inputs.FixedRows ?? 1, inputs.FixedColumns ?? Math.Min(TimedTokens, inputs.MaxTokens), TrialPadding.None, 0);

    /// <summary>Fills a tensor for each of the session's inputs.</summary>
    public TensorView[] Fill(OrtSession session, TrialInputs inputs, TensorSlab slab)
    {
        var random = new Random(Seed);
        int[] lengths = [.. Enumerable.Range(0, Rows).Select(_ => random.Next(1, Columns + 1))];
        var views = new TensorView[session.Inputs.Count];
        for (int i = 0; i < views.Length; i++)
        {
            TensorInfo input = session.Inputs[i];
            int start = i * Rows * Columns * sizeof(long);
            Span<long> wide = MemoryMarshal.Cast<byte, long>(slab.Bytes[start..]);
            Span<int> narrow = MemoryMarshal.Cast<byte, int>(slab.Bytes[start..]);
            for (int at = 0; at < Rows * Columns; at++)
            {
                long value = input.Name switch
                {
                    TrialInputs.Mask => IsToken(at / Columns, at % Columns) ? 1 : 0,
                    TrialInputs.TypeIds => random.NextInt64(inputs.Types),
                    _ => random.NextInt64(inputs.Vocabulary),
                };
                if (input.ElementType == TensorElementType.Int64) wide[at] = value;
                else narrow[at] = (int)value;
            }

            views[i] = new TensorView(i, slab.AddressOf(start), input.ElementType, new TensorShape(Rows, Columns));
        }

        return views;

        // Every row has at least one token, as a tokenizer's have.
        bool IsToken(int row, int column) => Padding switch
        {
            TrialPadding.Right => column < lengths[row],
            TrialPadding.Left => column >= Columns - lengths[row],
            TrialPadding.Holes => column == 0 || random.Next(2) == 0,
            _ => true,
        };
    }

    public int ByteLength(int inputs) => inputs * Rows * Columns * sizeof(long);
}
