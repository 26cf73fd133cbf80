using System.Runtime.InteropServices;
using Thaw.Onnx.Format;
using Thaw.Onnx.Preparing;
using Thaw.TestModels;

namespace Thaw.UnitTests.Onnx.Preparing;

public sealed class PlacedWeightTests
{
    [Theory]
    [InlineData(2, 3)]
    [InlineData(1, 1)]
    [InlineData(5, 64)]
    [InlineData(7, 129)]
    [InlineData(300, 65)]
    [InlineData(400_000, 2)]
    [InlineData(2, 400_000)]
    public void A_weight_is_written_transposed(int rows, int columns)
    {
        float[] weight = [.. Enumerable.Range(0, rows * columns).Select(i => (float)i)];
        float[] written = MemoryMarshal.Cast<byte, float>(Write(new PlacedWeight(Bytes(weight), 0, columns))).ToArray();
        Assert.Equal(weight.Length, written.Length);
        for (int row = 0; row < rows; row++)
        {
            for (int column = 0; column < columns; column++)
            {
                if (written[(column * rows) + row] != weight[(row * columns) + column]) Assert.Fail($"{row}, {column}");
            }
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(1 << 20)]
    [InlineData((1 << 20) + 4)]
    [InlineData(3_000_000)]
    public void A_weight_that_is_not_transposed_is_written_unchanged(int length)
    {
        byte[] weight = [.. Enumerable.Range(0, length).Select(i => (byte)(i * 31))];
        Assert.Equal(weight, Write(new PlacedWeight(new WeightBytes(weight), 0, 0)));
    }

    [Fact]
    public void A_weight_at_an_odd_offset_in_a_file_is_written_transposed()
    {
        using var folder = new TemporaryFolder();
        float[] weight = [.. Enumerable.Range(0, 6).Select(i => i + 0.5f)];
        File.WriteAllBytes(folder["weights"], [7, .. MemoryMarshal.AsBytes(weight.AsSpan()), 7]);
        using MappedFile file = MappedFile.Open(folder["weights"])!;
        byte[] written = Write(new PlacedWeight(new WeightBytes(file, 1, 24), 0, 3));
        Assert.Equal([0.5f, 3.5f, 1.5f, 4.5f, 2.5f, 5.5f], MemoryMarshal.Cast<byte, float>(written).ToArray());
    }

    [Theory]
    [InlineData(2, 3)]
    [InlineData(7, 129)]
    [InlineData(1000, 1100)]
    public void A_weight_of_float16_is_written_as_float32(int rows, int columns)
    {
        using var folder = new TemporaryFolder();
        Half[] weight = [.. Enumerable.Range(0, rows * columns).Select(i => (Half)(i % 2048))];
        File.WriteAllBytes(folder["weights"], [7, .. MemoryMarshal.AsBytes(weight.AsSpan())]);
        using MappedFile file = MappedFile.Open(folder["weights"])!;
        var bytes = new WeightBytes(file, 1, weight.Length * sizeof(short), TensorElementType.Float16);
        Assert.Equal(weight.Length * sizeof(float), bytes.Length);
        float[] straight = Array.ConvertAll(weight, half => (float)half);
        Assert.Equal(MemoryMarshal.AsBytes(straight.AsSpan()).ToArray(), Write(new PlacedWeight(bytes, 0, 0)));
        byte[] transposed = Write(new PlacedWeight(new WeightBytes(MemoryMarshal.AsBytes(straight.AsSpan()).ToArray()), 0, columns));
        Assert.Equal(transposed, Write(new PlacedWeight(bytes, 0, columns)));
    }

    private static WeightBytes Bytes(float[] weight) => new(MemoryMarshal.AsBytes(weight.AsSpan()).ToArray());

    private static byte[] Write(PlacedWeight weight)
    {
        using var stream = new MemoryStream();
        long told = 0;
        weight.WriteTo(stream, bytes => told += bytes);
        Assert.Equal(stream.Length, told);
        return stream.ToArray();
    }
}
