using System.Globalization;
using System.Text;
using Thaw.Tokenizers.Files;

namespace Thaw.UnitTests.Tokenizers;

public sealed class DecimalNumberTests
{
    // A double holds both the digits and the power of ten exactly, so the one division rounds correctly.
    [Fact]
    public void Numbers_of_up_to_fifteen_digits_are_exact()
    {
        var random = new Random(7);
        for (int round = 0; round < 100_000; round++)
        {
            string digits = random.NextInt64(1_000_000_000_000_000).ToString(CultureInfo.InvariantCulture);
            int point = random.Next(1, digits.Length + 1);
            string text = point == digits.Length ? digits : $"{(digits[0] == '0' ? "0" : digits[..point])}.{digits[point..]}";
            AssertParsed(double.Parse(text, CultureInfo.InvariantCulture), text);
        }
    }

    [Theory]
    [InlineData("0", 0)]
    [InlineData("-0", -0.0)]
    [InlineData("0.0", 0)]
    [InlineData("-2.5E+3", -2500)]
    [InlineData("1e-3", 0.001)]
    [InlineData("12345678901234567890123", 12345678901234567000000.0)]
    [InlineData("18446744073709551615", 18446744073709552000.0)]
    [InlineData("0.00000000000000000000000000000000000000001", 1e-41)]
    [InlineData("1e-400", 0)]
    [InlineData("0e999999999999", 0)]
    [InlineData("1e-999999999999", 0)]
    [InlineData("1e308", 1e308)]
    public void Other_numbers_are_as_the_reference_reads_them(string text, double expected) => AssertParsed(expected, text);

    [Theory]
    [InlineData("")]
    [InlineData("-")]
    [InlineData("01")]
    [InlineData("1.")]
    [InlineData(".5")]
    [InlineData("+1")]
    [InlineData("1e")]
    [InlineData("1e+")]
    [InlineData("1e999")]
    [InlineData("1e99999999999999999999")]
    [InlineData("1.2.3")]
    [InlineData("1-2")]
    public void What_is_not_a_finite_number_is_refused(string text) => Assert.False(DecimalNumber.TryParse(Encoding.UTF8.GetBytes(text), out _), text);

    private static void AssertParsed(double expected, string text)
    {
        Assert.True(DecimalNumber.TryParse(Encoding.UTF8.GetBytes(text), out double actual), text);
        Assert.Equal(BitConverter.DoubleToInt64Bits(expected), BitConverter.DoubleToInt64Bits(actual));
    }
}
