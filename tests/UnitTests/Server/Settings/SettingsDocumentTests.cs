using Thaw.Inference.Memory;
using Thaw.Server.Commands;
using Thaw.Server.Settings;

namespace Thaw.UnitTests.Server.Settings;

/// <summary>The settings, their defaults, <c>--help</c> and docs/settings.md agree.</summary>
public sealed class SettingsDocumentTests
{
    /// <summary>Defaults that depend on the machine are stated in words, with what they stand for.</summary>
    private static readonly Dictionary<string, Func<ServerOptions, bool>> InWords = new()
    {
        ["nine tenths of the container's or machine's memory"] = options => options.MemoryLimit == SystemMemory.Limit() / 10 * 9,
        ["anywhere"] = options => options.ModelRoot is null,
        ["one per core"] = options => options.Threads == Environment.ProcessorCount,
        ["thaw-cache in the temporary directory"] = options => options.CacheDirectory == Path.Combine(Path.GetTempPath(), "thaw-cache"),
        // The number for "not set"; the device, which knows its memory, takes nine tenths.
        ["nine tenths of the device's memory"] = options => options.CudaMemoryLimit == 0,
        ["no limit"] = options => options.Cuda.ArenaLimit == 0,
    };

    [Fact]
    public void The_document_has_exactly_the_settings_with_their_variables_defaults_and_descriptions()
    {
        string[] rows =
        [
            .. File.ReadLines(Path.Combine(Repository.Root, "docs", "settings.md"))
                .Where(line => line.StartsWith("| `--", StringComparison.Ordinal))
                .Select(line => line.Replace("`", "", StringComparison.Ordinal)),
        ];

        Assert.Equal(
            ServerOptions.Settings.Select(setting =>
                $"| --{setting.Name} | {string.Join(", ", setting.Variables)} | {setting.Default} | {setting.Description} |"),
            rows);
    }

    [Fact]
    public void The_help_has_exactly_the_settings_with_their_variables_defaults_and_descriptions()
    {
        string[] lines = Help.Text().ReplaceLineEndings("\n").Split('\n');

        Assert.Equal(
            ServerOptions.Settings.SelectMany(setting => new[]
            {
                $"  --{setting.Name} {setting.ValueName}".PadRight(34) + $"{setting.Description} ({setting.Default})",
                new string(' ', 34) + string.Join(", ", setting.Variables),
            }),
            lines
                .SkipWhile(line => !line.StartsWith("  --", StringComparison.Ordinal))
                .TakeWhile(line => !line.StartsWith("  --help", StringComparison.Ordinal)));
    }

    [Fact]
    public void Options_and_descriptions_do_not_run_together() =>
        Assert.All(ServerOptions.Settings, setting => Assert.Contains("  " + setting.Description, Help.Text()));

    [Fact]
    public void Every_stated_default_is_the_one_that_applies()
    {
        ServerOptions defaults = ServerOptions.Read([], _ => null, out _);

        Assert.All(ServerOptions.Settings, setting =>
        {
            if (InWords.TryGetValue(setting.Default, out Func<ServerOptions, bool>? applies))
                Assert.True(applies(defaults));
            else
                Assert.Equal(defaults, ServerOptions.Read([$"--{setting.Name}", setting.Default], _ => null, out _));
        });
    }

    [Fact]
    public void A_default_in_words_is_not_a_value() =>
        Assert.All(
            ServerOptions.Settings.Where(setting => InWords.ContainsKey(setting.Default)),
            setting => Assert.Throws<SettingException>(() => ServerOptions.Read([$"--{setting.Name}", setting.Default], _ => null, out _)));
}
