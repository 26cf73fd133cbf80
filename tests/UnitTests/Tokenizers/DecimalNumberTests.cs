using System.Globalization;
using System.Text;
using Thaw.Tokenizers;

namespace UnitTests.Tokenizers;

public sealed class DecimalNumberTests
{
    [Fact]
    public void Any_number_becomes_the_nearest_double()
    {
        var random = new Random(7);
        for (int round = 0; round < 300_000; round++)
        {
            double number = -random.NextDouble() * Math.Pow(10, random.Next(-6, 8));
            string text = random.Next(4) switch
            {
                0 => number.ToString("R", CultureInfo.InvariantCulture),
                1 => ((float)number).ToString("G17", CultureInfo.InvariantCulture),
                2 => $"{random.NextInt64()}{random.Next(10)}"[random.Next(5)..],
                _ => $"{random.Next(100)}.{random.NextInt64(1L << random.Next(1, 62))}",
            };
            AssertParsed(text);
        }
    }

    // Halfway between two doubles, next to that, powers of two, the ends of what is read without the general parser.
    [Theory]
    [InlineData("0")]
    [InlineData("-0")]
    [InlineData("0.0")]
    [InlineData("9007199254740993")]
    [InlineData("9007199254740995")]
    [InlineData("9007199254740993.001")]
    [InlineData("9999999999999999999")]
    [InlineData("18446744073709551615")]
    [InlineData("18446744073709551616")]
    [InlineData("0.0000000000000000001")]
    [InlineData("0.000000000000000001")]
    [InlineData("-4.5035996273704965")]
    [InlineData("1e-300")]
    [InlineData("-2.5E+3")]
    public void The_ends_of_the_fast_way_are_exact(string text) => AssertParsed(text);

    [Theory]
    [InlineData("")]
    [InlineData("-")]
    [InlineData("1e999")]
    [InlineData("1.2.3")]
    [InlineData("1-2")]
    [InlineData("e")]
    public void What_is_no_finite_number_is_refused(string text) => Assert.False(DecimalNumber.TryParse(Encoding.UTF8.GetBytes(text), out _));

    private static void AssertParsed(string text)
    {
        Assert.True(DecimalNumber.TryParse(Encoding.UTF8.GetBytes(text), out double actual), text);
        Assert.Equal(BitConverter.DoubleToInt64Bits(double.Parse(text, CultureInfo.InvariantCulture)), BitConverter.DoubleToInt64Bits(actual));
    }
}
