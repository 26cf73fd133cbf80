using System.Runtime.InteropServices;
using Thaw.Inference.Memory;
using Thaw.Inference.Tasks;
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
        return [.. sizes.Select((size, i) => new TrialBatch(inputs.Inputs.Rows ?? size.Rows, inputs.Inputs.Columns ?? size.Columns, (TrialPadding)(i % 4), i))];
    }

    public static TrialBatch Timed(TrialInputs inputs) =>
        new(inputs.Inputs.Rows ?? 1, inputs.Inputs.Columns ?? Math.Min(TimedTokens, inputs.MaxTokens), TrialPadding.None, 0);

    /// <summary>Fills a tensor for each of the session's inputs.</summary>
    public TensorView[] Fill(TrialInputs inputs, TensorSlab slab)
    {
        var random = new Random(Seed);
        int[] lengths = [.. Enumerable.Range(0, Rows).Select(_ => random.Next(1, Columns + 1))];
        var views = new TensorView[inputs.Inputs.All.Count];
        int start = 0;
        for (int i = 0; i < views.Length; i++)
        {
            TextInput input = inputs.Inputs.All[i];
            views[i] = new TensorView(input.Index, slab.AddressOf(start), input.ElementType, input.ShapeOf(Rows, Columns));
            int count = (int)views[i].Shape.ElementCount;
            for (int at = 0; at < count; at++)
            {
                long value = input.Role switch
                {
                    InputRole.Mask => IsToken(at / Columns, at % Columns) ? 1 : 0,
                    InputRole.TypeIds => random.NextInt64(inputs.Types),
                    InputRole.PositionIds => at % Columns % inputs.Positions,
                    InputRole.Ids => random.NextInt64(inputs.Vocabulary),
                    _ => 0,
                };
                Write(input.ElementType, slab.Bytes[start..], at, value);
            }

            start += count * sizeof(long);
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

    public int ByteLength(TrialInputs inputs) => checked((int)inputs.Inputs.All.Sum(input => input.ShapeOf(Rows, Columns).ElementCount * sizeof(long)));

    private static void Write(TensorElementType type, Span<byte> bytes, int at, long value)
    {
        switch (type)
        {
            case TensorElementType.Int64:
                MemoryMarshal.Cast<byte, long>(bytes)[at] = value;
                break;
            case TensorElementType.Int32:
                MemoryMarshal.Cast<byte, int>(bytes)[at] = (int)value;
                break;
            case TensorElementType.Float32:
                MemoryMarshal.Cast<byte, float>(bytes)[at] = value;
                break;
            case TensorElementType.Float16:
                MemoryMarshal.Cast<byte, Half>(bytes)[at] = (Half)value;
                break;
            case TensorElementType.Float64:
                MemoryMarshal.Cast<byte, double>(bytes)[at] = value;
                break;
            default:
                // Bool, Int8 and UInt8.
                bytes[at] = (byte)value;
                break;
        }
    }
}
