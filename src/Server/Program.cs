using System.Diagnostics;
using System.Net.Sockets;
using System.Reflection;
using System.Runtime.InteropServices;
using Thaw.Inference.Loading;
using Thaw.Onnx.Cuda;
using Thaw.Onnx.InPlace;
using Thaw.Onnx.Linux;
using Thaw.Onnx.Runtime;
using Thaw.Server;
using Thaw.Server.Commands;
using Thaw.Server.Settings;
using Thaw.Server.Telemetry;

// Before any other thread runs: the one changes the environment that native code reads, the other how its heap works.
OrtLibrary.DisableTelemetry();
NativeHeap.KeepLargeBlocksApart();

if (args is [PrepareArguments.Name, ..]) return PrepareCommand.Run(args.AsSpan(1));

if (args.Contains("--help") || args.Contains("-h"))
{
    Console.WriteLine(Help.Text());
    return 0;
}

if (args.Contains("--version"))
{
    Console.WriteLine(typeof(ServerOptions).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion);
    return 0;
}

bool isHealthCheck = args is ["health", ..];
ServerOptions options;
IReadOnlyList<string> ignored;
try
{
    options = ServerOptions.Read(isHealthCheck ? args[1..] : args, Environment.GetEnvironmentVariable, out ignored);
}
catch (SettingException exception)
{
    Console.Error.WriteLine($"thaw: {exception.Message} thaw --help lists the settings.");
    return 2;
}

if (isHealthCheck) return HealthCheck.Run(options.Port);

// Opening the library takes as long as starting Kestrel does; they do it side by side. So does the first registration of a signal, 10 ms of
// it. The host handles SIGTERM too, but not before it has started; by itself the signal would end the process with another code, or as
// process 1 of a container be lost.
ILogger? log = null;
string? fallback = null;
var terminated = new CancellationTokenSource();
PosixSignalRegistration? sigterm = null;
Task<InferenceRuntime> runtime = Task.Factory.StartNew(
    () =>
    {
        sigterm = PosixSignalRegistration.Create(PosixSignal.SIGTERM, signal =>
        {
            signal.Cancel = true;
            terminated.Cancel();
        });
        OrtEnvironment created = OrtEnvironment.Create(options.Threads, (level, message) => log?.OnnxRuntimeWarns(message));
        return DeviceChoice.Apply(options, created, out fallback);
    },
    TaskCreationOptions.LongRunning);

// Nobody waits for it: a load that comes first finds the library a little colder.
Task warmUp = runtime.ContinueWith(
    static ready => WarmUp.Run(ready.Result.Environment), CancellationToken.None, TaskContinuationOptions.OnlyOnRanToCompletion | TaskContinuationOptions.LongRunning, TaskScheduler.Default);

await using WebApplication application = ServerApplication.Build(options, runtime);
log = application.Services.GetRequiredService<ILoggerFactory>().CreateLogger("Thaw");
if (ignored.Count > 0) log.ArgumentsIgnored(string.Join(' ', ignored));
application.Lifetime.ApplicationStopping.Register(log.Stopping);
try
{
    await application.StartAsync(terminated.Token);
    await runtime;
}
catch (OperationCanceledException)
{
    // The process must not end while native code runs: it would be a crash.
    await Task.WhenAny(warmUp);
    return 0;
}
catch (Exception exception) when (exception is OnnxRuntimeException or CudaUnavailableException or IOException or SocketException)
{
    Console.Error.WriteLine(exception is OnnxRuntimeException or CudaUnavailableException ? $"thaw: {exception.Message}" : $"thaw: Cannot listen on port {options.Port}: {exception.Message}");
    await Task.WhenAny(warmUp);
    return 1;
}

if (fallback is not null) log.FellBackToCpu(fallback);
if ((await runtime).Device is { } device) log.RunsOnCuda(device.Options.Device, device.ModelBytes / 1_000_000);
double uptime = (DateTime.UtcNow - Process.GetCurrentProcess().StartTime.ToUniversalTime()).TotalMilliseconds;
log.Ready(options.Port, OrtLibrary.Version, options.Threads, options.MemoryLimit / 1_000_000, uptime);
await application.WaitForShutdownAsync(terminated.Token);
await Task.WhenAny(warmUp);
GC.KeepAlive(sigterm);
return 0;
