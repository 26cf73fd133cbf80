using Microsoft.Extensions.Logging.Console;
using Thaw.Inference;
using Thaw.Inference.Architectures;
using Thaw.Inference.Batching;
using Thaw.Inference.Layouts;
using Thaw.Inference.Loading;
using Thaw.Inference.Memory;
using Thaw.Inference.Serving;
using Thaw.Onnx.Architectures;
using Thaw.Server.Http;
using Thaw.Server.Management;
using Thaw.Server.Pipeline;
using Thaw.Server.Settings;
using Thaw.Server.Telemetry;

namespace Thaw.Server;

/// <summary>Builds the web application: the one place that wires the parts together.</summary>
internal static class ServerApplication
{
    // SageMaker kills the process 30 seconds after SIGTERM; this leaves time to clean up after requests that are cut off.
    private static readonly TimeSpan DrainTime = TimeSpan.FromSeconds(23);

    /// <param name="runtime">Ends when ONNX Runtime is ready; requests that need it wait for it.</param>
    public static WebApplication Build(ServerOptions options, Task<InferenceRuntime> runtime)
    {
        // The slim builder would watch the working directory and everything below it for changed settings, which in "/" takes seconds. It would
        // also read settings that are not ours, such as the ASPNETCORE_HTTP_PORTS of .NET's images.
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        builder.Services.AddRoutingCore();
        builder.Logging.SetMinimumLevel(options.LogLevel)
            .AddFilter("Microsoft", LogLevel.Warning)
            // It would make an activity and a log scope for each request, which nothing here reads.
            .AddFilter("Microsoft.AspNetCore.Hosting.Diagnostics", LogLevel.None)
            // ServeCommand reports a failed start, once.
            .AddFilter("Microsoft.Extensions.Hosting", LogLevel.None)
            .AddSimpleConsole(console =>
            {
                console.SingleLine = true;
                console.TimestampFormat = "yyyy-MM-dd'T'HH:mm:ss.fff'Z' ";
                console.UseUtcTimestamp = true;
            });
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.ListenAnyIP(options.Port);
            kestrel.AddServerHeader = false;
            // RequestBody enforces the limit.
            kestrel.Limits.MaxRequestBodySize = null;
        });
        // A stalled reader of the log must not stall the server.
        builder.Services.Configure<ConsoleLoggerOptions>(console => console.QueueFullMode = ConsoleLoggerQueueFullMode.DropWrite);
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = DrainTime);
        AddServices(builder.Services, options, runtime);

        WebApplication application = builder.Build();
        var routes = application.Services.GetRequiredService<Routes>();
        application.UseMiddleware<ErrorMiddleware>(routes.Paths);
        routes.Map(application);
        return application;
    }

    private static void AddServices(IServiceCollection services, ServerOptions options, Task<InferenceRuntime> runtime)
    {
        // A run uses all cores by itself. A second one fills the gaps between the nodes of the first; one more load than cores fills the times
        // when another waits for the disk.
        var runs = new WorkerPool("thaw-run", 2);
        var loads = new WorkerPool("thaw-load", options.Threads + 1);
        var tokenizers = new WorkerPool("thaw-tokenizer", options.Threads);
        var reads = new WorkerPool("thaw-read", 1);
        var budget = new MemoryBudget(options.MemoryLimit);
        services.AddSingleton(options);
        services.AddSingleton(provider =>
        {
            var store = provider.GetRequiredService<Lazy<LayoutStore?>>();
            return new ArchitectureTable(new PlanTable(() => store.Value?.Plans));
        });
        // Loggers are taken from the container at once: it may be disposed when the last promotion ends.
        services.AddSingleton(provider =>
        {
            ILogger log = provider.GetRequiredService<ILogger<LayoutStore>>();
            return new Lazy<LayoutStore?>(() => OpenStore(options, log));
        });
        // Created by the container, so that it is disposed before the process ends: a promotion must not be under way then.
        services.AddSingleton(provider =>
        {
            ILogger log = provider.GetRequiredService<ILogger<Promoter>>();
            return new Promoter(
                budget,
                new PromotionRule(options.PromoteAfter, options.PromoteWithin),
                provider.GetRequiredService<ArchitectureTable>(),
                provider.GetRequiredService<Lazy<LayoutStore?>>(),
                result => Report(log, result));
        });
        services.AddSingleton(provider => new ModelTable<LoadedModel>(NewLoader(provider).Load, loads));
        services.AddSingleton(new TextRunner(runs));
        services.AddSingleton(new RequestGate(options.MaxRequests, Math.Max(64 << 20, 2 * options.MaxPayloadBytes)));
        services.AddSingleton(new PingEndpoint(runtime));
        services.AddSingleton<ModelEndpoints>();
        services.AddSingleton<InvokePipeline>();
        services.AddSingleton<Routes>();

        ModelLoader NewLoader(IServiceProvider provider) => new(
            runtime,
            budget,
            provider.GetRequiredService<ArchitectureTable>(),
            provider.GetRequiredService<Lazy<LayoutStore?>>(),
            provider.GetRequiredService<Promoter>(),
            tokenizers,
            reads,
            options.ModelRoot)
        {
            Deterministic = options.Deterministic,
        };
    }

    private static LayoutStore? OpenStore(ServerOptions options, ILogger log)
    {
        if (options.CacheLimit == 0) return null;
        LayoutStore? store = LayoutStore.TryOpen(options.CacheDirectory, options.CacheLimit, out string? reason);
        if (reason is not null) log.CacheUnusable(options.CacheDirectory, reason);
        return store;
    }

    private static void Report(ILogger log, PromotionResult result)
    {
        string weights = result.Form == WeightForm.LaidOut ? "laid out" : "packed";
        if (result.Failure is { } reason) log.ModelNotPromoted(result.Directory, reason);
        else log.ModelPromoted(result.Directory, weights, result.Time.TotalMilliseconds, result.PrivateBytes / 1000);
    }
}
