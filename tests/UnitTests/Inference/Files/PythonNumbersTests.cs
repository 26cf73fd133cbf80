using Thaw.Inference.Files;

namespace Thaw.UnitTests.Inference.Files;

/// <summary>Compared with what Python 3 prints for str(json.loads(text)).</summary>
public sealed class PythonNumbersTests
{
    [Theory]
    [InlineData("0", "0")]
    [InlineData("-0", "0")]
    [InlineData("17", "17")]
    [InlineData("123456789012345678901234567890", "123456789012345678901234567890")]
    [InlineData("1.0", "1.0")]
    [InlineData("-1.50", "-1.5")]
    [InlineData("0.0", "0.0")]
    [InlineData("-0.0", "-0.0")]
    [InlineData("1e3", "1000.0")]
    [InlineData("0.1", "0.1")]
    [InlineData("0.0001", "0.0001")]
    [InlineData("0.00001", "1e-05")]
    [InlineData("0.000012345", "1.2345e-05")]
    [InlineData("1e15", "1000000000000000.0")]
    [InlineData("1e16", "1e+16")]
    [InlineData("1234567890123456.7", "1234567890123456.8")]
    [InlineData("12345678901234567.0", "1.2345678901234568e+16")]
    [InlineData("1.7976931348623157e308", "1.7976931348623157e+308")]
    [InlineData("5e-324", "5e-324")]
    [InlineData("1e400", "inf")]
    [InlineData("-1e400", "-inf")]
    [InlineData("1E2", "100.0")]
    public void Numbers_are_written_as_Python_does(string json, string expected) => Assert.Equal(expected, PythonNumbers.Text(json));
}
