using System.Numerics;
using System.Runtime.InteropServices;
using Thaw.Inference.Tasks;
using Thaw.Onnx.Format;

namespace Thaw.Inference.Batching;

/// <summary>Writes the numbers of one input of a run, in the type of the input.</summary>
internal readonly ref struct InputFiller(PaddedBatch batch, TextInputs inputs, TextInput input, Span<byte> bytes)
{
    private readonly Span<byte> _bytes = bytes;

    public void Fill()
    {
        switch (input.ElementType)
        {
            case TensorElementType.Int64:
                Fill<long>();
                break;
            case TensorElementType.Int32:
                Fill<int>();
                break;
            case TensorElementType.Float32:
                Fill<float>();
                break;
            case TensorElementType.Float16:
                Fill<Half>();
                break;
            case TensorElementType.Float64:
                Fill<double>();
                break;
            default:
                // Bool, Int8 and UInt8.
                Fill<byte>();
                break;
        }
    }

    private void Fill<T>() where T : unmanaged, INumberBase<T>
    {
        Span<T> all = MemoryMarshal.Cast<byte, T>(_bytes);
        if (input.Role == InputRole.Unused)
        {
            all.Clear();
            return;
        }

        for (int row = 0; row < batch.RunRows; row++)
        {
            int text = batch.TextOf(row);
            Span<T> to = all.Slice(row * batch.Columns, batch.Columns), tokens = to[..batch.Texts.Length(text)], padding = to[tokens.Length..];
            switch (input.Role)
            {
                case InputRole.Ids:
                    Copy(batch.Texts.Ids(text), tokens);
                    padding.Fill(T.CreateTruncating(inputs.PadId));
                    break;
                case InputRole.Mask:
                    tokens.Fill(T.One);
                    padding.Clear();
                    break;
                case InputRole.TypeIds:
                    Copy(batch.Texts.TypeIds(text), tokens);
                    padding.Clear();
                    break;
                default:
                    for (int i = 0; i < tokens.Length; i++) tokens[i] = T.CreateTruncating(inputs.FirstPosition + i);
                    padding.Fill(T.CreateTruncating(inputs.PadPosition));
                    break;
            }
        }
    }

    private static void Copy<TFrom, TTo>(ReadOnlySpan<TFrom> from, Span<TTo> to) where TFrom : INumberBase<TFrom> where TTo : INumberBase<TTo>
    {
        for (int i = 0; i < from.Length; i++) to[i] = TTo.CreateTruncating(from[i]);
    }
}
