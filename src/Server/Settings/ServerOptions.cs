using Thaw.Inference.Memory;
using Thaw.Onnx.Runtime;
using static Thaw.Server.Settings.SettingValue;

namespace Thaw.Server.Settings;

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

    /// <summary>
    /// Packing a BERT-base takes the processor time that this many runs of 32 tokens lose without it: 290 ms of one core, against 20 ms of two.
    /// </summary>
    public int PromoteAfter { get; private set; } = 8;

    public TimeSpan PromoteWithin { get; private set; } = TimeSpan.FromMinutes(1);

    /// <summary>Directory for laid-out weights.</summary>
    public string CacheDirectory { get; private set; } = Path.Combine(Path.GetTempPath(), "thaw-cache");

    /// <summary>Bytes that they may take there; 0 for no cache.</summary>
    public long CacheLimit { get; private set; } = 10L << 30;

    public bool Deterministic { get; private set; }

    public bool EchoCustomAttributes { get; private set; }

    public LogLevel LogLevel { get; private set; } = LogLevel.Information;

    public DeviceSetting Device { get; private set; } = new(null, IsRequired: true);

    /// <summary>Bytes of the device that all models may take together; 0 stands for nine tenths of its memory.</summary>
    public long CudaMemoryLimit { get; private set; }

    /// <summary>Options of sessions on a CUDA device, except the device's number.</summary>
    public CudaOptions Cuda { get; private set; } = new();

    internal static readonly Setting[] Settings =
    [
        new("port", "N", ["SAGEMAKER_BIND_TO_PORT", "THAW_PORT"], "8080", "port to listen on, on all interfaces", "a number from 1 to 65535",
            (options, text) => TryNumber(text, 1, 65535, value => options.Port = value)),
        new("memory-limit", "SIZE", ["THAW_MEMORY_LIMIT"], "nine tenths of the container's or machine's memory", "memory for all models together",
            "a size such as 2G, 1500M or a number of bytes",
            (options, text) => (options.MemoryLimit = ParseSize(text)) > 0),
        new("model-root", "DIR", ["THAW_MODEL_ROOT"], "anywhere", "directory that must contain all models", "an absolute path",
            (options, text) => (options.ModelRoot = text).StartsWith('/')),
        new("threads", "N", ["THAW_THREADS"], "one per core", "threads that compute", "a number from 1 to 1024",
            (options, text) => TryNumber(text, 1, 1024, value => options.Threads = value)),
        new("max-payload-mb", "N", ["SAGEMAKER_MAX_PAYLOAD_IN_MB"], "25", "largest request body in MiB; 0 means 1024", "a number from 0 to 1024",
            // SageMaker's batch transform sets 0 for no limit.
            (options, text) => TryNumber(text, 0, 1024, value => options.MaxPayloadBytes = (long)(value == 0 ? 1024 : value) << 20)),
        new("max-texts", "N", ["THAW_MAX_TEXTS"], "2048", "most texts in one request", "a number from 1 to 1048576",
            (options, text) => TryNumber(text, 1, 1 << 20, value => options.MaxTexts = value)),
        new("max-requests", "N", ["THAW_MAX_REQUESTS"], "512", "most invocations at once; further ones get a 503", "a number from 1 to 1048576",
            (options, text) => TryNumber(text, 1, 1 << 20, value => options.MaxRequests = value)),
        new("promote-after", "N", ["THAW_PROMOTE_AFTER"], "8", "invocations after which a model gets faster weights; 0 means never", "a number from 0 to 1000",
            (options, text) => TryNumber(text, 0, 1000, value => options.PromoteAfter = value)),
        new("promote-within", "SECONDS", ["THAW_PROMOTE_WITHIN"], "60",
            "seconds within which these invocations must arrive", "a number of seconds from 1 to 86400",
            (options, text) => TryNumber(text, 1, 86400, value => options.PromoteWithin = TimeSpan.FromSeconds(value))),
        new("cache-dir", "DIR", ["THAW_CACHE_DIR"], "thaw-cache in the temporary directory",
            "directory for laid-out weights and rewritten graphs", "an absolute path",
            (options, text) => (options.CacheDirectory = text).StartsWith('/')),
        new("cache-limit", "SIZE", ["THAW_CACHE_LIMIT"], "10G", "disk space for laid-out weights; 0 means no cache", "a size such as 20G, or 0",
            (options, text) => (options.CacheLimit = ParseSize(text)) > 0 || text == "0"),
        new("deterministic", "BOOL", ["THAW_DETERMINISTIC"], "false",
            "run the texts of dynamically quantized models one at a time, so that an answer does not depend on other texts", "true or false",
            (options, text) => TryBoolean(text, value => options.Deterministic = value)),
        new("echo-custom-attributes", "BOOL", ["THAW_ECHO_CUSTOM_ATTRIBUTES"], "false",
            "return the header X-Amzn-SageMaker-Custom-Attributes to the client", "true or false",
            (options, text) => TryBoolean(text, value => options.EchoCustomAttributes = value)),
        new("log-level", "LEVEL", ["THAW_LOG_LEVEL", "SAGEMAKER_CONTAINER_LOG_LEVEL"], "info",
            "least severe messages to log: debug, info, warning, error or none",
            "debug, info, warning, error, none or one of Python's numbers",
            (options, text) => TryLogLevel(text, value => options.LogLevel = value)),
        new("device", "DEVICE", ["THAW_DEVICE"], "cpu", "where models run: cpu, cuda, cuda:N, or auto", "cpu, cuda, cuda:N or auto",
            (options, text) => TryDevice(text, value => options.Device = value)),
        new("cuda-memory-limit", "SIZE", ["THAW_CUDA_MEMORY_LIMIT"], "nine tenths of the device's memory",
            "device memory for all models together", "a size such as 8G",
            (options, text) => (options.CudaMemoryLimit = ParseSize(text)) > 0),
        new("cuda-arena-limit", "SIZE", ["THAW_CUDA_ARENA_LIMIT"], "no limit", "device memory for the runs of one model", "a size such as 1G",
            (options, text) => (options.Cuda = options.Cuda with { ArenaLimit = ParseSize(text) }).ArenaLimit > 0),
        new("cuda-arena", "STRATEGY", ["THAW_CUDA_ARENA"], "same-as-requested", "how that memory grows: same-as-requested or next-power-of-two",
            "same-as-requested or next-power-of-two",
            (options, text) => TryArena(text, value => options.Cuda = options.Cuda with { Arena = value })),
        new("cuda-tf32", "BOOL", ["THAW_CUDA_TF32"], "false", "compute float32 matrix products in TF32: faster, accurate to three digits", "true or false",
            (options, text) => TryBoolean(text, value => options.Cuda = options.Cuda with { Tf32 = value })),
    ];

    /// <summary>Reads the settings.</summary>
    /// <param name="arguments"><c>serve</c>, which the platform passes, and <c>--name value</c> or <c>--name=value</c>.</param>
    /// <param name="variable">Gives the value of an environment variable.</param>
    /// <param name="ignored">Unknown arguments: a server on SageMaker must start whatever the platform passes.</param>
    /// <exception cref="SettingException">A value is invalid.</exception>
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

            if (parts.Length == 1 && i + 1 == arguments.Count) throw Invalid($"Missing value for {parts[0]}: expected {setting.Expected}.");
            Set(setting, parts[0], parts.Length == 2 ? parts[1] : arguments[++i]);
        }

        return unknown;
    }

    private void Set(Setting setting, string name, string value)
    {
        if (!setting.TrySet(this, value)) throw Invalid($"Invalid value '{value}' for {name}: expected {setting.Expected}.");
    }

    private static SettingException Invalid(string reason) => new($"{reason} See thaw --help.");
}
