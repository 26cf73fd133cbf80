using Thaw.Server.Commands;

namespace Thaw.UnitTests.Server.Commands;

public sealed class HelpTests
{
    [Theory]
    [InlineData("thaw [serve]")]
    [InlineData("thaw prepare DIR [--output DIR]")]
    [InlineData("thaw health")]
    [InlineData("--help")]
    [InlineData("--version")]
    public void Every_command_is_listed(string command) => Assert.Contains(command, Help.Text());
}
