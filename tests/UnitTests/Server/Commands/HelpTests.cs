using Thaw.Server.Commands;
using Thaw.Server.Settings;

namespace Thaw.UnitTests.Server.Commands;

public sealed class HelpTests
{
    [Fact]
    public void It_lists_every_setting_with_its_variables()
    {
        string text = Help.Text();

        Assert.All(ServerOptions.Settings, setting =>
        {
            Assert.Contains($"--{setting.Name} {setting.Value}", text);
            Assert.Contains(setting.Description, text);
            Assert.All(setting.Variables, variable => Assert.Contains(variable, text));
        });
        Assert.Contains("--help", text);
        Assert.Contains("--version", text);
    }

    [Fact]
    public void Options_and_descriptions_do_not_run_together() =>
        Assert.All(ServerOptions.Settings, setting => Assert.Contains("  " + setting.Description, Help.Text()));

    [Fact]
    public void The_documents_list_every_setting_with_its_variables()
    {
        string[] rows = [.. File.ReadLines(Path.Combine(Repository.Root, "docs", "settings.md")).Where(line => line.StartsWith("| `--", StringComparison.Ordinal))];

        Assert.Equal(ServerOptions.Settings.Select(setting => $"`--{setting.Name}`"), rows.Select(row => row.Split('|')[1].Trim()));
        Assert.Equal(
            ServerOptions.Settings.Select(setting => string.Join(", ", setting.Variables.Select(variable => $"`{variable}`"))),
            rows.Select(row => row.Split('|')[2].Trim()));
    }
}
