using Thaw.Server.Commands;
using Thaw.Server.Settings;

namespace Thaw.UnitTests.Server.Commands;

public sealed class PrepareArgumentsTests
{
    [Fact]
    public void A_directory_and_an_output_are_taken_in_any_order()
    {
        Assert.Equal(new PrepareArguments("in", null), PrepareArguments.Parse(["in"]));
        Assert.Equal(new PrepareArguments("in", "out"), PrepareArguments.Parse(["in", "--output", "out"]));
        Assert.Equal(new PrepareArguments("in", "out"), PrepareArguments.Parse(["--output=out", "in"]));
    }

    [Theory]
    [InlineData("needs the directory")]
    [InlineData("needs the directory", "--output", "out")]
    [InlineData("--output needs a directory", "in", "--output")]
    [InlineData("--output needs a directory", "in", "--output=")]
    [InlineData("--output is there twice", "in", "--output", "a", "--output", "b")]
    [InlineData("does not know '--verbose'", "in", "--verbose")]
    [InlineData("does not know '--port=1'", "--port=1", "in")]
    [InlineData("does not know 'other'", "in", "other")]
    [InlineData("does not know ''", "")]
    public void What_means_nothing_is_refused_by_name(string message, params string[] arguments) =>
        Assert.Contains(message, Assert.Throws<SettingException>(() => PrepareArguments.Parse(arguments)).Message);
}
