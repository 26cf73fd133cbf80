using Thaw.Onnx.Format;
using Thaw.Onnx.Runtime;

namespace Thaw.UnitTests.Onnx.Runtime;

public sealed class TensorShapeTests
{
    [Fact]
    public void Dimensions_of_any_rank_are_kept_in_order()
    {
        for (int rank = 0; rank < 12; rank++)
        {
            long[] dimensions = [.. Enumerable.Range(1, rank).Select(value => (long)value)];
            var shape = new TensorShape(dimensions);

            Assert.Equal(rank, shape.Rank);
            Assert.Equal(new TensorShape([.. dimensions]), shape);
            Assert.NotEqual(new TensorShape([.. dimensions, 1]), shape);
            Assert.Equal(new TensorView(1, 2, TensorElementType.Int8, shape), new TensorView(1, 2, TensorElementType.Int8, new TensorShape([.. dimensions])));
            Assert.Equal(dimensions, shape.Dimensions.ToArray());
            Assert.Equal(dimensions.Aggregate(1L, (product, dimension) => product * dimension), shape.ElementCount);
            for (int i = 0; i < rank; i++) Assert.Equal(i + 1, shape[i]);
            Assert.Equal($"[{string.Join(", ", dimensions)}]", shape.ToString());
        }
    }

    [Fact]
    public void Four_dimensions_allocate_nothing()
    {
        // Unoptimized code allocates to read a constant span, so the dimensions come first.
        ReadOnlySpan<long> dimensions = [2, 3, 4, 5];
        long before = GC.GetAllocatedBytesForCurrentThread();
        var shape = new TensorShape(dimensions);
        long count = shape.ElementCount;
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
        Assert.Equal(120, count);
    }

    [Fact]
    public void Too_many_elements_are_an_error_not_a_small_number() =>
        Assert.Throws<OverflowException>(() => new TensorShape(long.MaxValue, 3).ElementCount);
}
