using System.Diagnostics;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Thaw.Inference.Architectures;
using Thaw.Inference.Loading;
using Thaw.Inference.Memory;
using Thaw.Inference.Serving;
using Thaw.Onnx.Architectures;
using Thaw.Onnx.Cuda;
using Thaw.Onnx.Linux;
using Thaw.Onnx.Runtime;
using Thaw.Server.Settings;
using Thaw.Server.Telemetry;

namespace Thaw.Server.Commands;

/// <summary><c>thaw</c> or <c>thaw serve</c>: serves until SIGTERM.</summary>
internal static class ServeCommand
{
    // A first load does not wait for the collection then: it comes at once, or it comes later.
    private static readonly TimeSpan TimeBeforeIdle = TimeSpan.FromSeconds(1);

    // Memory may become short within seconds: runs bring in tens of MB of page tables in one.
    private static readonly TimeSpan TimeBetweenLooks = TimeSpan.FromSeconds(1);

    // A model that is used more often than this keeps its page tables.
    private static readonly TimeSpan IdleTime = TimeSpan.FromSeconds(10);

    /// <param name="build">Builds the web application from the settings and what models are loaded into.</param>
    /// <returns>The process's exit code.</returns>
    /// <exception cref="SettingException">A setting is invalid.</exception>
    public static async Task<int> RunAsync(string[] arguments, Func<ServerOptions, Task<InferenceRuntime>, WebApplication> build)
    {
        ServerOptions options = ServerOptions.Read(arguments, Environment.GetEnvironmentVariable, out IReadOnlyList<string> ignored);

        // Opening the library takes as long as starting Kestrel; they run side by side. So does the first registration of a signal, which takes
        // 10 ms. The host handles SIGTERM too, but only once it has started; until then the signal would end the process with another exit
        // code, or as process 1 of a container be lost.
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
                OrtEnvironment environment = OrtEnvironment.Create(options.Threads, (level, message) => log?.OnnxRuntimeWarns(message));
                return DeviceChoice.Apply(options, environment, out fallback);
            },
            TaskCreationOptions.LongRunning);

        // Not awaited: a load that comes before its end finds the library a little colder.
        Task warmUp = runtime.ContinueWith(
            static ready => WarmUp.Run(ready.Result.Environment),
            CancellationToken.None,
            TaskContinuationOptions.OnlyOnRanToCompletion | TaskContinuationOptions.LongRunning,
            TaskScheduler.Default);

        await using WebApplication application = build(options, runtime);
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
            // The process must not end while native code runs: it would crash.
            await Task.WhenAny(warmUp);
            return 0;
        }
        catch (Exception exception) when (exception is OnnxRuntimeException or CudaUnavailableException or IOException or SocketException)
        {
            bool isNative = exception is OnnxRuntimeException or CudaUnavailableException;
            Console.Error.WriteLine(isNative ? $"thaw: {exception.Message}" : $"thaw: Cannot listen on port {options.Port}: {exception.Message}");
            await Task.WhenAny(warmUp);
            return 1;
        }

        if (fallback is not null) log.FellBackToCpu(fallback);
        if ((await runtime).Device is { } device) log.RunsOnCuda(device.Options.Device, device.ModelBytes / 1_000_000);
        double uptime = (DateTime.UtcNow - Process.GetCurrentProcess().StartTime.ToUniversalTime()).TotalMilliseconds;
        log.Ready(options.Port, OrtLibrary.Version, options.Threads, options.MemoryLimit / 1_000_000, uptime);
        warmUp = MakeLatestSessionsAsync(warmUp, application.Services.GetRequiredService<ArchitectureTable>(), await runtime);
        Task stopped = application.WaitForShutdownAsync(terminated.Token);
        await Task.WhenAny(stopped, Task.Delay(TimeBeforeIdle));
        var models = application.Services.GetRequiredService<ModelTable<LoadedModel>>();
        if (!stopped.IsCompleted && models.IsEmpty) ReleaseStartupMemory();
        while (await Task.WhenAny(stopped, Task.Delay(TimeBetweenLooks)) != stopped)
        {
            int released = models.IsEmpty ? 0 : IdleModels.ReleasePageTables(models, IdleTime, () => !stopped.IsCompleted && SystemMemory.IsShort());
            if (released > 0) log.PageTablesReleased(released);
        }

        await stopped;
        await Task.WhenAny(warmUp);
        GC.KeepAlive(sigterm);
        return 0;
    }

    private static async Task MakeLatestSessionsAsync(Task warmUp, ArchitectureTable architectures, InferenceRuntime runtime)
    {
        await Task.WhenAny(warmUp);
        if (runtime.Device is null) await Task.Run(() => architectures.MakeLatest(runtime.Environment));
    }

    /// <summary>Returns to the system what only the start and the warm-up used: 3 MB of an idle server's 48.</summary>
    private static void ReleaseStartupMemory()
    {
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        NativeHeap.Trim();
    }
}
