using Thaw.Server.Commands;
using Thaw.Server.Settings;

namespace Thaw.UnitTests.Server.Commands;

public sealed class PrepareArgumentsTests
{
    [Fact]
    public void A_directory_and_an_output_are_accepted_in_any_order()
    {
        Assert.Equal(new PrepareArguments("in", null, null), PrepareArguments.Parse(["in"]));
        Assert.Equal(new PrepareArguments("in", "out", null), PrepareArguments.Parse(["in", "--output", "out"]));
        Assert.Equal(new PrepareArguments("in", "out", null), PrepareArguments.Parse(["--output=out", "in"]));
        Assert.Equal(new PrepareArguments("in", "out", "q"), PrepareArguments.Parse(["--variant", "q", "--output=out", "in"]));
    }

    [Theory]
    [InlineData("directory is missing")]
    [InlineData("directory is missing", "--output", "out")]
    [InlineData("--output needs a directory", "in", "--output")]
    [InlineData("--output needs a directory", "in", "--output=")]
    [InlineData("--output is given twice", "in", "--output", "a", "--output", "b")]
    [InlineData("--variant needs a name", "in", "--variant")]
    [InlineData("--variant is given twice", "in", "--variant=a", "--variant=b")]
    [InlineData("Unrecognized argument '--verbose'", "in", "--verbose")]
    [InlineData("Unrecognized argument '--port=1'", "--port=1", "in")]
    [InlineData("Unrecognized argument 'other'", "in", "other")]
    [InlineData("Unrecognized argument ''", "")]
    public void What_is_not_recognized_is_refused_by_name(string message, params string[] arguments) =>
        Assert.Contains(message, Assert.Throws<SettingException>(() => PrepareArguments.Parse(arguments)).Message);
}
