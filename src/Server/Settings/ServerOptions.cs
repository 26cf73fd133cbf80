using System.Globalization;
using Thaw.Inference.Memory;
using Thaw.Onnx.Runtime;

namespace Thaw.Server.Settings;

/// <summary>A setting has a value that cannot be used; the message names it and says what can.</summary>
internal sealed class SettingException(string message) : Exception(message);

/// <summary>All settings, read once. <see cref="Settings"/> is the one place that knows their names.</summary>
internal sealed record ServerOptions
{
    public int Port { get; private set; } = 8080;

    /// <summary>Bytes that all models may take together; 0 stands for nine tenths of <see cref="SystemMemory.Limit()"/>.</summary>
    public long MemoryLimit { get; private set; }

    public long MaxPayloadBytes { get; private set; } = 25 << 20;

    public int MaxTexts { get; private set; } = 2048;

    public int MaxRequests { get; private set; } = 512;

    public int Threads { get; private set; } = Environment.ProcessorCount;

    public string? ModelRoot { get; private set; }

    /// <summary>Packing a BERT-base takes the processor time that so many runs of 32 tokens lose without it: 290 ms of one core, against 20 ms of two.</summary>
    public int PromoteAfter { get; private set; } = 8;

    public TimeSpan PromoteWithin { get; private set; } = TimeSpan.FromMinutes(1);

    /// <summary>Directory for packed weights.</summary>
    public string CacheDirectory { get; private set; } = Path.Combine(Path.GetTempPath(), "thaw-cache");

    /// <summary>Bytes that they may take there; 0 for no cache.</summary>
    public long CacheLimit { get; private set; } = 10L << 30;

    public bool EchoCustomAttributes { get; private set; }

    public LogLevel LogLevel { get; private set; } = LogLevel.Information;

    public DeviceSetting Device { get; private set; } = new(null, IsRequired: true);

    /// <summary>Bytes of the device that all models may take together; 0 stands for nine tenths of what it has.</summary>
    public long CudaMemoryLimit { get; private set; }

    /// <summary>What sessions on a CUDA device are made with, but for its number.</summary>
    public CudaOptions Cuda { get; private set; } = new();

    /// <summary>A setting: <c>--name</c> on the command line, else the first of the variables that is set.</summary>
    internal sealed record Setting(string Name, string Value, string[] Variables, string Description, Func<ServerOptions, string, bool> TrySet, string Expected);

    internal static readonly Setting[] Settings =
    [
        new("port", "N", ["SAGEMAKER_BIND_TO_PORT", "THAW_PORT"], "port to listen on (8080)",
            (options, text) => TryNumber(text, 1, 65535, value => options.Port = value), "a number from 1 to 65535"),
        new("memory-limit", "SIZE", ["THAW_MEMORY_LIMIT"], "memory for all models, such as 2G or 1500M (nine tenths of the container's or the machine's)",
            (options, text) => (options.MemoryLimit = ParseSize(text)) > 0, "a size such as 2G, 1500M or a number of bytes"),
        new("model-root", "DIR", ["THAW_MODEL_ROOT"], "directory that models have to lie in (anywhere)",
            (options, text) => (options.ModelRoot = text).StartsWith('/'), "an absolute path"),
        new("threads", "N", ["THAW_THREADS"], "threads that compute (one per core)",
            (options, text) => TryNumber(text, 1, 1024, value => options.Threads = value), "a number from 1 to 1024"),
        new("max-payload-mb", "N", ["SAGEMAKER_MAX_PAYLOAD_IN_MB"], "largest request body in MiB, 0 for 1024 (25)",
            // 0 means no limit where the platform's batch transform sets it.
            (options, text) => TryNumber(text, 0, 1024, value => options.MaxPayloadBytes = (long)(value == 0 ? 1024 : value) << 20), "a number from 0 to 1024"),
        new("max-texts", "N", ["THAW_MAX_TEXTS"], "most texts in one request (2048)",
            (options, text) => TryNumber(text, 1, 1 << 20, value => options.MaxTexts = value), "a number from 1 to 1048576"),
        new("max-requests", "N", ["THAW_MAX_REQUESTS"], "most invocations at once; more are answered with 503 (512)",
            (options, text) => TryNumber(text, 1, 1 << 20, value => options.MaxRequests = value), "a number from 1 to 1048576"),
        new("promote-after", "N", ["THAW_PROMOTE_AFTER"], "invocations after which a model's weights are packed, which makes its runs up to twice as fast; 0 for never (8)",
            (options, text) => TryNumber(text, 0, 1000, value => options.PromoteAfter = value), "a number from 0 to 1000"),
        new("promote-within", "SECONDS", ["THAW_PROMOTE_WITHIN"], "time that those invocations have to fall into (60)",
            (options, text) => TryNumber(text, 1, 86400, value => options.PromoteWithin = TimeSpan.FromSeconds(value)), "a number of seconds from 1 to 86400"),
        new("cache-dir", "DIR", ["THAW_CACHE_DIR"], "directory that packed weights are kept in, mapped instead of held in memory (thaw-cache in the directory for temporary files)",
            (options, text) => (options.CacheDirectory = text).StartsWith('/'), "an absolute path"),
        new("cache-limit", "SIZE", ["THAW_CACHE_LIMIT"], "disk space for packed weights, such as 20G, or 0 for no cache; the least recently used go first (10G)",
            (options, text) => (options.CacheLimit = ParseSize(text)) > 0 || text == "0", "a size such as 20G, or 0"),
        new("echo-custom-attributes", "BOOL", ["THAW_ECHO_CUSTOM_ATTRIBUTES"], "send X-Amzn-SageMaker-Custom-Attributes back (false)",
            (options, text) => TryBoolean(text, value => options.EchoCustomAttributes = value), "true or false"),
        new("log-level", "LEVEL", ["THAW_LOG_LEVEL", "SAGEMAKER_CONTAINER_LOG_LEVEL"], "debug, info, warning, error or none (info)",
            (options, text) => TryLogLevel(text, value => options.LogLevel = value), "debug, info, warning, error, none or one of Python's numbers"),
        new("device", "DEVICE", ["THAW_DEVICE"], "where models run: cpu, cuda, cuda:N, or auto for CUDA if it is there (cpu)",
            (options, text) => TryDevice(text, value => options.Device = value), "cpu, cuda, cuda:N or auto"),
        new("cuda-memory-limit", "SIZE", ["THAW_CUDA_MEMORY_LIMIT"], "memory of the device for all models (nine tenths of it)",
            (options, text) => (options.CudaMemoryLimit = ParseSize(text)) > 0, "a size such as 8G"),
        new("cuda-arena-limit", "SIZE", ["THAW_CUDA_ARENA_LIMIT"], "memory of the device for the runs of one model (no limit)",
            (options, text) => (options.Cuda = options.Cuda with { ArenaLimit = ParseSize(text) }).ArenaLimit > 0, "a size such as 1G"),
        new("cuda-arena", "STRATEGY", ["THAW_CUDA_ARENA"], "how that memory grows: same-as-requested or next-power-of-two (same-as-requested)",
            (options, text) => TryArena(text, value => options.Cuda = options.Cuda with { Arena = value }), "same-as-requested or next-power-of-two"),
        new("cuda-tf32", "BOOL", ["THAW_CUDA_TF32"], "compute float32 matrix products in TF32: faster, and good for three digits (false)",
            (options, text) => TryBoolean(text, value => options.Cuda = options.Cuda with { Tf32 = value }), "true or false"),
    ];

    /// <summary>Reads the settings.</summary>
    /// <param name="arguments"><c>serve</c>, which the platform passes, and <c>--name value</c> or <c>--name=value</c>.</param>
    /// <param name="variable">The environment.</param>
    /// <param name="ignored">Arguments that mean nothing here; the platform's contract is to start all the same.</param>
    /// <exception cref="SettingException">A value cannot be used.</exception>
    public static ServerOptions Read(IReadOnlyList<string> arguments, Func<string, string?> variable, out IReadOnlyList<string> ignored)
    {
        var options = new ServerOptions();
        foreach (Setting setting in Settings)
        {
            string? name = setting.Variables.FirstOrDefault(candidate => !string.IsNullOrWhiteSpace(variable(candidate)));
            if (name is not null) options.Set(setting, name, variable(name)!.Trim());
        }

        ignored = options.ReadArguments(arguments);
        if (options.MemoryLimit == 0) options.MemoryLimit = SystemMemory.Limit() / 10 * 9;
        return options;
    }

    private List<string> ReadArguments(IReadOnlyList<string> arguments)
    {
        List<string> unknown = [];
        for (int i = 0; i < arguments.Count; i++)
        {
            string[] parts = arguments[i].Split('=', 2);
            Setting? setting = Settings.FirstOrDefault(candidate => "--" + candidate.Name == parts[0]);
            if (setting is null)
            {
                if (i > 0 || arguments[i] != "serve") unknown.Add(arguments[i]);
                continue;
            }

            if (parts.Length == 1 && i + 1 == arguments.Count) throw new SettingException($"{parts[0]} needs a value: {setting.Expected}.");
            Set(setting, parts[0], parts.Length == 2 ? parts[1] : arguments[++i]);
        }

        return unknown;
    }

    private void Set(Setting setting, string name, string value)
    {
        if (!setting.TrySet(this, value)) throw new SettingException($"{name} is '{value}'; {setting.Expected} is needed.");
    }

    private static bool TryNumber(string text, int least, int most, Action<int> set)
    {
        if (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int value) || value < least || value > most) return false;
        set(value);
        return true;
    }

    private static bool TryBoolean(string text, Action<bool> set)
    {
        bool? value = text.ToLowerInvariant() switch { "true" or "1" or "yes" or "on" => true, "false" or "0" or "no" or "off" => false, _ => null };
        if (value is { } given) set(given);
        return value is not null;
    }

    private static bool TryDevice(string text, Action<DeviceSetting> set)
    {
        bool valid = DeviceSetting.TryParse(text, out DeviceSetting device);
        if (valid) set(device);
        return valid;
    }

    private static bool TryArena(string text, Action<CudaArena> set)
    {
        CudaArena? value = text.ToLowerInvariant() switch { "same-as-requested" => CudaArena.SameAsRequested, "next-power-of-two" => CudaArena.NextPowerOfTwo, _ => null };
        if (value is { } arena) set(arena);
        return value is not null;
    }

    private static bool TryLogLevel(string text, Action<LogLevel> set)
    {
        bool isNumber = int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number);
        LogLevel? value = text.ToLowerInvariant() switch
        {
            // Python's numbers, in whose terms the platform's toolkits speak.
            _ when isNumber => number switch { <= 10 => LogLevel.Debug, <= 20 => LogLevel.Information, <= 30 => LogLevel.Warning, _ => LogLevel.Error },
            "debug" => LogLevel.Debug,
            "info" => LogLevel.Information,
            "warning" or "warn" => LogLevel.Warning,
            "error" or "critical" => LogLevel.Error,
            "none" => LogLevel.None,
            _ => null,
        };
        if (value is { } level) set(level);
        return value is not null;
    }

    /// <summary>Bytes; K, M, G and T stand for powers of 1024, with or without "B" or "iB" behind them. 0 when it is no size.</summary>
    private static long ParseSize(string text)
    {
        string digits = text.TrimEnd('B', 'b', 'i');
        int shift = digits.Length == 0 ? 0 : char.ToUpperInvariant(digits[^1]) switch { 'K' => 10, 'M' => 20, 'G' => 30, 'T' => 40, _ => 0 };
        if (shift > 0) digits = digits[..^1];
        bool valid = double.TryParse(digits.Trim(), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double value);
        double bytes = value * (1L << shift);
        return valid && bytes < long.MaxValue ? (long)bytes : 0;
    }
}
