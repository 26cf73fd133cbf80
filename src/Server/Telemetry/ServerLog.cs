namespace Thaw.Server.Telemetry;

/// <summary>All log messages.</summary>
internal static partial class ServerLog
{
    [LoggerMessage(
        1,
        LogLevel.Information,
        "Ready on port {Port} with ONNX Runtime {Version}, {Threads} threads and {Megabytes} MB for models, {Milliseconds:F0} ms after the start")]
    public static partial void Ready(this ILogger log, int port, string version, int threads, long megabytes, double milliseconds);

    [LoggerMessage(2, LogLevel.Warning, "Ignored arguments: {Arguments}")]
    public static partial void ArgumentsIgnored(this ILogger log, string arguments);

    [LoggerMessage(3, LogLevel.Information, "Loaded {Model} from {Url} in {Milliseconds:F1} ms{Target}: {File}, {Task}; its session is {Session}")]
    public static partial void ModelLoaded(
        this ILogger log, string model, string url, double milliseconds, string target, string file, string task, string session);

    [LoggerMessage(10, LogLevel.Warning, "The weights of {Model} were copied instead of read in place, which takes time and memory: {Reason}")]
    public static partial void WeightsCopied(this ILogger log, string model, string reason);

    [LoggerMessage(
        11,
        LogLevel.Information,
        "The weights of the model in {Directory} are {Weights} now; that took {Milliseconds:F0} ms, and the model takes {Kilobytes} kB")]
    public static partial void ModelPromoted(this ILogger log, string directory, string weights, double milliseconds, long kilobytes);

    [LoggerMessage(12, LogLevel.Warning, "The model in {Directory} keeps running on its weights as exported, which is slower: {Reason}")]
    public static partial void ModelNotPromoted(this ILogger log, string directory, string reason);

    [LoggerMessage(13, LogLevel.Warning, "No weights are laid out, because {Directory} cannot be the cache directory: {Reason}")]
    public static partial void CacheUnusable(this ILogger log, string directory, string reason);

    [LoggerMessage(14, LogLevel.Information, "Memory is short: {Models} idle models gave their page tables back, and will be slower once")]
    public static partial void PageTablesReleased(this ILogger log, int models);

    [LoggerMessage(4, LogLevel.Warning, "Could not load {Model} from {Url}: {Reason}")]
    public static partial void ModelRefused(this ILogger log, string model, string url, string reason);

    [LoggerMessage(5, LogLevel.Information, "Unloaded {Model} in {Milliseconds:F1} ms")]
    public static partial void ModelUnloaded(this ILogger log, string model, double milliseconds);

    [LoggerMessage(6, LogLevel.Error, "Invoking {Model} failed: {Reason}")]
    public static partial void InvokeFailed(this ILogger log, string model, string reason);

    [LoggerMessage(7, LogLevel.Error, "{Method} {Path} failed")]
    public static partial void RequestFailed(this ILogger log, Exception exception, string method, string path);

    [LoggerMessage(8, LogLevel.Information, "Stopping: finishing the requests in progress")]
    public static partial void Stopping(this ILogger log);

    [LoggerMessage(9, LogLevel.Warning, "ONNX Runtime: {Message}")]
    public static partial void OnnxRuntimeWarns(this ILogger log, string message);

    [LoggerMessage(32, LogLevel.Information, "Models run on CUDA device {Device} and may take {Megabytes} MB of its memory")]
    public static partial void RunsOnCuda(this ILogger log, int device, long megabytes);

    [LoggerMessage(33, LogLevel.Warning, "Models run on the CPU: {Reason}")]
    public static partial void FellBackToCpu(this ILogger log, string reason);
}
