using Microsoft.Extensions.Logging;
using Thaw.Inference.Memory;
using Thaw.Server.Settings;

namespace Thaw.UnitTests.Server.Settings;

public sealed class ServerOptionsTests
{
    /// <summary>For every setting: its name, its variables, a value, and how the options then show it.</summary>
    public static TheoryData<string, string[], string, string> EverySetting { get; } = new()
    {
        { "port", ["SAGEMAKER_BIND_TO_PORT", "THAW_PORT"], "9090", "9090" },
        { "memory-limit", ["THAW_MEMORY_LIMIT"], "3G", $"{3L << 30}" },
        { "model-root", ["THAW_MODEL_ROOT"], "/opt/ml/models", "/opt/ml/models" },
        { "threads", ["THAW_THREADS"], "7", "7" },
        { "max-payload-mb", ["SAGEMAKER_MAX_PAYLOAD_IN_MB"], "6", $"{6 << 20}" },
        { "max-texts", ["THAW_MAX_TEXTS"], "77", "77" },
        { "max-requests", ["THAW_MAX_REQUESTS"], "88", "88" },
        { "promote-after", ["THAW_PROMOTE_AFTER"], "9", "9" },
        { "promote-within", ["THAW_PROMOTE_WITHIN"], "90", "00:01:30" },
        { "cache-dir", ["THAW_CACHE_DIR"], "/var/cache/thaw", "/var/cache/thaw" },
        { "cache-limit", ["THAW_CACHE_LIMIT"], "2G", $"{2L << 30}" },
        { "deterministic", ["THAW_DETERMINISTIC"], "yes", "True" },
        { "echo-custom-attributes", ["THAW_ECHO_CUSTOM_ATTRIBUTES"], "true", "True" },
        { "log-level", ["THAW_LOG_LEVEL", "SAGEMAKER_CONTAINER_LOG_LEVEL"], "error", "Error" },
        { "device", ["THAW_DEVICE"], "cuda:3", "cuda:3" },
        { "cuda-memory-limit", ["THAW_CUDA_MEMORY_LIMIT"], "8G", $"{8L << 30}" },
        { "cuda-arena-limit", ["THAW_CUDA_ARENA_LIMIT"], "1G", $"{1L << 30}" },
        { "cuda-arena", ["THAW_CUDA_ARENA"], "next-power-of-two", "NextPowerOfTwo" },
        { "cuda-tf32", ["THAW_CUDA_TF32"], "true", "True" },
    };

    [Theory]
    [MemberData(nameof(EverySetting))]
    public void A_setting_can_be_given_in_either_form_of_argument_and_in_each_variable(string name, string[] variables, string value, string expected)
    {
        Assert.Equal(expected, Setting(Read([$"--{name}", value]), name));
        Assert.Equal(expected, Setting(Read([$"--{name}={value}"]), name));
        foreach (string variable in variables) Assert.Equal(expected, Setting(Read([], (variable, $" {value} ")), name));
        Assert.NotEqual(expected, Setting(Read([]), name));
    }

    [Theory]
    [MemberData(nameof(EverySetting))]
    public void An_invalid_value_is_refused_with_the_name_that_it_was_given_under(string name, string[] variables, string good, string expected)
    {
        Assert.NotEqual(good + "x", expected);
        string bad = name is "model-root" or "cache-dir" ? "relative" : good + "x";
        AssertNamed($"--{name}", () => Read([$"--{name}", bad]));
        AssertNamed($"--{name}", () => Read([$"--{name}={bad}"]));
        AssertNamed($"--{name}", () => Read([$"--{name}="]));
        AssertNamed($"--{name}", () => Read([$"--{name}"]));
        foreach (string variable in variables) AssertNamed(variable, () => Read([], (variable, bad)));
    }

    [Fact]
    public void This_list_has_every_setting() =>
        Assert.Equal(
            ServerOptions.Settings.Select(setting => (setting.Name, string.Join(' ', setting.Variables))),
            EverySetting.Select(row => ((string)row[0]!, string.Join(' ', (string[])row[1]!))));

    [Fact]
    public void Without_settings_the_platforms_defaults_apply()
    {
        ServerOptions options = Read([]);

        Assert.Equal(8080, options.Port);
        Assert.Equal(25 << 20, options.MaxPayloadBytes);
        Assert.Equal(SystemMemory.Limit() / 10 * 9, options.MemoryLimit);
        Assert.Equal(Environment.ProcessorCount, options.Threads);
        Assert.Null(options.ModelRoot);
        Assert.False(options.EchoCustomAttributes);
        Assert.Equal(LogLevel.Information, options.LogLevel);
    }

    [Fact]
    public void An_argument_wins_over_a_variable_and_the_last_of_several_counts()
    {
        Assert.Equal(1, Read(["--port", "1"], ("THAW_PORT", "2"), ("SAGEMAKER_BIND_TO_PORT", "3")).Port);
        Assert.Equal(5, Read(["--port", "4", "--port=5"]).Port);
    }

    [Fact]
    public void The_platforms_port_wins_over_ours_and_our_log_level_over_the_platforms()
    {
        Assert.Equal(3, Read([], ("THAW_PORT", "2"), ("SAGEMAKER_BIND_TO_PORT", "3")).Port);
        Assert.Equal(LogLevel.Error, Read([], ("THAW_LOG_LEVEL", "error"), ("SAGEMAKER_CONTAINER_LOG_LEVEL", "10")).LogLevel);
    }

    [Theory]
    [InlineData("")]
    [InlineData("  ")]
    public void An_empty_variable_counts_as_not_set(string value)
    {
        Assert.Equal(2, Read([], ("THAW_PORT", "2"), ("SAGEMAKER_BIND_TO_PORT", value)).Port);
        Assert.Equal(8080, Read([], ("THAW_PORT", value)).Port);
    }

    [Fact]
    public void Serve_is_accepted_and_unknown_arguments_are_reported()
    {
        Assert.Empty(Ignored("serve"));
        Assert.Empty(Ignored("serve", "--port", "1"));
        Assert.Empty(Ignored());
        Assert.Equal(["train", "--verbose", "-x", "--ports=3", "serve"], Ignored("train", "--verbose", "--port=1", "-x", "--ports=3", "serve"));
    }

    [Theory]
    [InlineData("--port", "1")]
    [InlineData("--port", "65535")]
    [InlineData("--threads", "1024")]
    [InlineData("--max-payload-mb", "1024")]
    [InlineData("--max-texts", "1048576")]
    public void Numbers_may_be_at_their_limits(string name, string value) => Read([name, value]);

    [Theory]
    [InlineData("--port", "0")]
    [InlineData("--port", "65536")]
    [InlineData("--port", "-1")]
    [InlineData("--port", "+1")]
    [InlineData("--port", "8080.0")]
    [InlineData("--port", "8,080")]
    [InlineData("--port", "99999999999999999999")]
    [InlineData("--threads", "0")]
    [InlineData("--threads", "1025")]
    [InlineData("--max-payload-mb", "1025")]
    [InlineData("--max-texts", "0")]
    [InlineData("--max-requests", "0")]
    [InlineData("--model-root", "opt")]
    [InlineData("--log-level", "loud")]
    [InlineData("--echo-custom-attributes", "maybe")]
    public void Values_beyond_the_limits_are_refused(string name, string value) => AssertNamed(name, () => Read([name, value]));

    [Theory]
    [InlineData("1", 1)]
    [InlineData("123456789", 123456789)]
    [InlineData("2K", 2048)]
    [InlineData("2k", 2048)]
    [InlineData("3M", 3L << 20)]
    [InlineData("3MB", 3L << 20)]
    [InlineData("3MiB", 3L << 20)]
    [InlineData("3mib", 3L << 20)]
    [InlineData("1.5G", 3L << 29)]
    [InlineData("4 GB", 4L << 30)]
    [InlineData("2T", 2L << 40)]
    [InlineData("512B", 512)]
    public void Sizes_are_powers_of_1024(string text, long bytes) => Assert.Equal(bytes, Read(["--memory-limit", text]).MemoryLimit);

    [Theory]
    [InlineData("0")]
    [InlineData("0.5")]
    [InlineData("-1G")]
    [InlineData("G")]
    [InlineData("B")]
    [InlineData("1E")]
    [InlineData("1e9")]
    [InlineData("1GG")]
    [InlineData("1,5G")]
    [InlineData("0x10")]
    [InlineData("NaN")]
    [InlineData("Infinity")]
    [InlineData("9000000T")]
    [InlineData("99999999999999999999")]
    [InlineData("half")]
    public void Anything_but_a_size_is_refused(string text) => AssertNamed("--memory-limit", () => Read(["--memory-limit", text]));

    [Theory]
    [InlineData("debug", LogLevel.Debug)]
    [InlineData("INFO", LogLevel.Information)]
    [InlineData("warning", LogLevel.Warning)]
    [InlineData("none", LogLevel.None)]
    [InlineData("10", LogLevel.Debug)]
    [InlineData("20", LogLevel.Information)]
    [InlineData("25", LogLevel.Warning)]
    [InlineData("30", LogLevel.Warning)]
    [InlineData("40", LogLevel.Error)]
    [InlineData("50", LogLevel.Error)]
    public void Levels_are_names_or_Pythons_numbers(string text, LogLevel level) =>
        Assert.Equal(level, Read([], ("SAGEMAKER_CONTAINER_LOG_LEVEL", text)).LogLevel);

    [Theory]
    [InlineData("TRUE", true)]
    [InlineData("1", true)]
    [InlineData("yes", true)]
    [InlineData("on", true)]
    [InlineData("false", false)]
    [InlineData("0", false)]
    public void Booleans_have_the_usual_spellings(string text, bool value) =>
        Assert.Equal(value, Read(["--echo-custom-attributes", text]).EchoCustomAttributes);

    private static ServerOptions Read(string[] arguments, params (string Name, string Value)[] variables) =>
        ServerOptions.Read(arguments, name => variables.FirstOrDefault(variable => variable.Name == name).Value, out _);

    private static IReadOnlyList<string> Ignored(params string[] arguments)
    {
        ServerOptions.Read(arguments, _ => null, out IReadOnlyList<string> ignored);
        return ignored;
    }

    private static void AssertNamed(string name, Action read) => Assert.Contains($" {name}: ", Assert.Throws<SettingException>(read).Message);

    private static string Setting(ServerOptions options, string name) => name switch
    {
        "port" => $"{options.Port}",
        "memory-limit" => $"{options.MemoryLimit}",
        "model-root" => $"{options.ModelRoot}",
        "threads" => $"{options.Threads}",
        "max-payload-mb" => $"{options.MaxPayloadBytes}",
        "max-texts" => $"{options.MaxTexts}",
        "promote-after" => $"{options.PromoteAfter}",
        "promote-within" => $"{options.PromoteWithin}",
        "cache-dir" => options.CacheDirectory,
        "cache-limit" => $"{options.CacheLimit}",
        "max-requests" => $"{options.MaxRequests}",
        "deterministic" => $"{options.Deterministic}",
        "echo-custom-attributes" => $"{options.EchoCustomAttributes}",
        "log-level" => $"{options.LogLevel}",
        "device" => $"{options.Device}",
        "cuda-memory-limit" => $"{options.CudaMemoryLimit}",
        "cuda-arena-limit" => $"{options.Cuda.ArenaLimit}",
        "cuda-arena" => $"{options.Cuda.Arena}",
        "cuda-tf32" => $"{options.Cuda.Tf32}",
        _ => throw new ArgumentOutOfRangeException(nameof(name), name, "no such setting"),
    };
}
