using Thaw.Harness.Measuring;

namespace Thaw.UnitTests.Harness;

public sealed class SpreadTests
{
    [Theory]
    [InlineData(new double[] { 7 }, 7, 7, 7)]
    [InlineData(new double[] { 3, 1, 2 }, 2, 1.5, 2.5)]
    [InlineData(new double[] { 40, 10, 30, 20 }, 25, 17.5, 32.5)]
    [InlineData(new double[] { 5, 1, 4, 2, 3 }, 3, 2, 4)]
    public void The_middle_and_the_quartiles_do_not_depend_on_the_order(double[] samples, double median, double lower, double upper)
    {
        Assert.Equal(new Spread(median, lower, upper, samples.Min(), samples.Max(), samples.Length), Spread.Of(samples));
        Assert.Equal(Spread.Of(samples), Spread.Of(samples.Reverse()));
    }

    [Fact]
    public void One_outlier_moves_the_median_by_a_place_at_most() =>
        Assert.Equal(11, Spread.Of([10, 11, 12, 9, 1_000_000]).Median);

    [Theory]
    [InlineData(0, 0)]
    [InlineData(0.95, 95)]
    [InlineData(1, 100)]
    public void A_quantile_has_its_share_of_the_samples_below_it(double share, double expected) =>
        Assert.Equal(expected, Spread.Quantile(Enumerable.Range(0, 101).Select(i => (double)i), share), 1e-9);

    [Theory]
    [InlineData(new double[0])]
    [InlineData(new[] { 1, double.NaN })]
    public void No_samples_have_no_spread(double[] samples) => Assert.Throws<ArgumentException>(() => Spread.Of(samples));
}
