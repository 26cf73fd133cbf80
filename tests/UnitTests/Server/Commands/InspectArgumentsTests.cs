using Thaw.Server.Commands;
using Thaw.Server.Settings;

namespace Thaw.UnitTests.Server.Commands;

public sealed class InspectArgumentsTests
{
    [Fact]
    public void A_path_and_options_are_accepted_in_any_order()
    {
        Assert.Equal(new InspectArguments("in", null, false), InspectArguments.Parse(["in"]));
        Assert.Equal(new InspectArguments("in", "q", true), InspectArguments.Parse(["--json", "in", "--variant", "q"]));
        Assert.Equal(new InspectArguments("in", "q", false), InspectArguments.Parse(["--variant=q", "in"]));
    }

    [Theory]
    [InlineData("directory is missing")]
    [InlineData("--variant needs a name", "in", "--variant")]
    [InlineData("--variant is given twice", "in", "--variant=a", "--variant=b")]
    [InlineData("Unrecognized argument '--output'", "in", "--output")]
    [InlineData("Unrecognized argument 'other'", "in", "other")]
    public void What_is_not_recognized_is_refused_by_name(string message, params string[] arguments) =>
        Assert.Contains(message, Assert.Throws<SettingException>(() => InspectArguments.Parse(arguments)).Message);
}
