using System.Diagnostics;
using System.Reflection;
using Thaw.Onnx;
using Thaw.Server;

// Before any other thread runs: the one changes the environment that native code reads, the other how its heap works.
OrtLibrary.DisableTelemetry();
NativeHeap.KeepLargeBlocksApart();

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

ServerOptions options;
IReadOnlyList<string> ignored;
try
{
    options = ServerOptions.Read(args, Environment.GetEnvironmentVariable, out ignored);
}
catch (SettingException exception)
{
    Console.Error.WriteLine($"thaw: {exception.Message} thaw --help lists the settings.");
    return 2;
}

// Opening the library takes as long as starting Kestrel does; they do it side by side.
ILogger? log = null;
Task<OrtEnvironment> environment = Task.Factory.StartNew(
    () => OrtEnvironment.Create(options.Threads, (level, message) => log?.OnnxRuntimeWarns(message)), TaskCreationOptions.LongRunning);

await using WebApplication application = ServerApplication.Build(options, environment);
log = application.Services.GetRequiredService<ILoggerFactory>().CreateLogger("Thaw");
if (ignored.Count > 0) log.ArgumentsIgnored(string.Join(' ', ignored));
application.Lifetime.ApplicationStopping.Register(log.Stopping);
try
{
    await application.StartAsync();
    await environment;
}
catch (Exception exception) when (exception is OnnxRuntimeException or IOException)
{
    Console.Error.WriteLine($"thaw: {exception.Message}");
    return 1;
}

double uptime = (DateTime.UtcNow - Process.GetCurrentProcess().StartTime.ToUniversalTime()).TotalMilliseconds;
log.Ready(options.Port, OrtLibrary.Version, options.Threads, options.MemoryLimit / 1_000_000, uptime);
await application.WaitForShutdownAsync();
return 0;
