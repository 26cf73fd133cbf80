using Thaw.TestModels.Weights;

namespace Thaw.UnitTests.TestModels;

public sealed class WeightSourceTests
{
    private static readonly Weight Matrix = Weight.Matrix("layer.weight", rows: 50, columns: 30, amplitude: 0.2f);

    [Fact]
    public void The_same_seed_and_name_give_the_same_values() =>
        Assert.Equal(new WeightSource(3).Values(Matrix), new WeightSource(3).Values(Matrix));

    [Fact]
    public void Another_seed_or_name_gives_other_values()
    {
        float[] values = new WeightSource(3).Values(Matrix);
        Assert.NotEqual(values, new WeightSource(4).Values(Matrix));
        Assert.NotEqual(values, new WeightSource(3).Values(Matrix with { Name = "other.weight" }));
    }

    [Fact]
    public void Any_element_can_be_computed_alone()
    {
        var source = new WeightSource(3);
        float[] values = source.Values(Matrix);
        Span<float> one = stackalloc float[1];
        for (int i = 0; i < values.Length; i++)
        {
            source.Fill(Matrix, one, i);
            Assert.Equal(values[i], one[0]);
        }
    }

    [Fact]
    public void A_stride_reads_a_column()
    {
        var source = new WeightSource(3);
        float[] values = source.Values(Matrix);
        float[] column = new float[Matrix.Rows];
        source.Fill(Matrix, column, first: 7, stride: Matrix.Columns);
        Assert.Equal(Enumerable.Range(0, Matrix.Rows).Select(row => values[row * Matrix.Columns + 7]), column);
    }

    [Fact]
    public void Values_spread_evenly_between_the_bounds()
    {
        float[] values = new WeightSource(3).Values(Weight.Vector("norm.weight", 100_000, center: 1, amplitude: 0.1f));
        Assert.All(values, value => Assert.InRange(value, 0.9f, 1.1f));
        Assert.InRange(values.Average(), 0.999f, 1.001f);
        // The variance of a uniform value is the square of the amplitude divided by 3.
        Assert.InRange(values.Average(value => (value - 1) * (value - 1)), 0.0032f, 0.0035f);
    }

    [Fact]
    public void The_numbers_do_not_change_from_version_to_version()
    {
        // Logits stored for a seed stay right only as long as these do.
        float[] values = new WeightSource(1).Values(Weight.Vector("pinned", 4, 0, 1));
        Assert.Equal([-0.5252972841262817f, 0.860358476638794f, -0.8142560720443726f, -0.9989000558853149f], values);
    }
}
