using System.Runtime.InteropServices;
using Thaw.Onnx.Format;

namespace Thaw.UnitTests.Onnx.Format;

public sealed class WideningTests
{
    private static readonly ushort[] All = [.. Enumerable.Range(0, 1 << 16).Select(bits => (ushort)bits)];

    [Fact]
    public void Every_float16_is_widened_to_the_same_number()
    {
        float[] expected = Array.ConvertAll(All, bits => (float)BitConverter.UInt16BitsToHalf(bits));
        AssertWidened(TensorElementType.Float16, expected);
    }

    [Fact]
    public void Every_bfloat16_is_widened_to_the_same_number()
    {
        float[] expected = Array.ConvertAll(All, bits => BitConverter.UInt32BitsToSingle((uint)bits << 16));
        AssertWidened(TensorElementType.BFloat16, expected);
    }

    [Theory]
    [InlineData(TensorElementType.Float16)]
    [InlineData(TensorElementType.BFloat16)]
    public void Elements_at_odd_addresses_and_of_any_number_are_widened(TensorElementType type)
    {
        byte[] bytes = [0, .. MemoryMarshal.AsBytes(All.AsSpan(0x3c00, 100))];
        float[] expected = new float[100];
        TensorValues.Widen(type, bytes.AsSpan(1), expected);
        for (int count = 0; count < expected.Length; count++)
        {
            // What is behind them stays as it was.
            float[] actual = new float[count + 1];
            actual[count] = 7;
            TensorValues.Widen(type, bytes.AsSpan(1, count * TensorValues.HalfBytes), actual.AsSpan(0, count));
            Assert.Equal([.. expected[..count], 7], actual);
        }
    }

    private static void AssertWidened(TensorElementType type, float[] expected)
    {
        var actual = new float[All.Length];
        TensorValues.Widen(type, MemoryMarshal.AsBytes(All.AsSpan()), actual);
        for (int i = 0; i < All.Length; i++)
        {
            // NaNs too, bit by bit: a damaged weight must not look like another one.
            if (BitConverter.SingleToUInt32Bits(expected[i]) != BitConverter.SingleToUInt32Bits(actual[i])) Assert.Fail($"{All[i]:x4}: {actual[i]}");
        }
    }
}
