using Thaw.Server.Commands;

namespace Thaw.UnitTests.Server.Commands;

public sealed class ProgressTests
{
    [Fact]
    public void Without_a_terminal_each_step_is_a_line() => Assert.Equal("a …\nb …\n", Report(isTerminal: false));

    [Fact]
    public void On_a_terminal_the_line_is_overwritten_and_cleared() =>
        Assert.Equal("\r\e[Ka …\r\e[Kb …\r\e[Kb … 50 %\r\e[Kb … 99 %\r\e[K", Report(isTerminal: true));

    private static string Report(bool isTerminal)
    {
        using var writer = new StringWriter { NewLine = "\n" };
        var progress = new Progress(writer, isTerminal);
        progress.Report("a", 0);
        foreach (double fraction in (double[])[0, 0.001, 0.5, 0.501, 0.999]) progress.Report("b", fraction);
        progress.End();
        return writer.ToString();
    }
}
