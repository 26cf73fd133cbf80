using System.Runtime.InteropServices;

namespace Thaw.Onnx.Runtime;

/// <summary>How serious a line of ONNX Runtime's log is (<c>OrtLoggingLevel</c>).</summary>
public enum OrtLogLevel
{
    Verbose,
    Info,
    Warning,
    Error,
    Fatal,
}

/// <summary>
/// ONNX Runtime's environment, one per process: its log, one thread pool for all sessions and one CPU arena for all sessions.
/// Sessions keep it alive.
/// </summary>
public sealed unsafe class OrtEnvironment : SafeHandle
{
    // The native logger is process-wide, so its managed end is too.
    private static Action<OrtLogLevel, string>? s_log;

    // Made when it is first needed: a session brings in some 10 MB of the library's code, which an idle server does without.
    private readonly Lazy<MemoryTrimmer> _trimmer;

    private OrtEnvironment() : base(0, ownsHandle: true) => _trimmer = new Lazy<MemoryTrimmer>(() => new MemoryTrimmer(this), LazyThreadSafetyMode.PublicationOnly);

    public override bool IsInvalid => handle == 0;

    /// <summary>Opens the library and creates the environment.</summary>
    /// <param name="threads">Threads that work on one run together, the caller's among them; 0 lets ONNX Runtime take one per core.</param>
    /// <param name="log">Receives lines from warnings upwards, on any thread.</param>
    /// <exception cref="OnnxRuntimeException">The library cannot be used.</exception>
    public static OrtEnvironment Create(int threads, Action<OrtLogLevel, string> log)
    {
        OrtLibrary.Open();
        s_log = log;
        var environment = new OrtEnvironment();
        nint threading = 0;
        try
        {
            OrtStatus.Check(OrtApi.CreateThreadingOptions(&threading));
            OrtStatus.Check(OrtApi.SetGlobalIntraOpNumThreads(threading, threads));
            OrtStatus.Check(OrtApi.SetGlobalInterOpNumThreads(threading, 1));
            // Spinning threads win microseconds on an idle machine and steal whole cores from loads and requests on a busy one.
            OrtStatus.Check(OrtApi.SetGlobalSpinControl(threading, 0));
            nint created;
            OrtStatus.Check(OrtApi.CreateEnvWithCustomLoggerAndGlobalThreadPools(
                &Forward, null, (int)OrtLogLevel.Warning, OrtApi.Literal("thaw"u8), threading, &created));
            environment.SetHandle(created);
            OrtStatus.Check(OrtApi.DisableTelemetryEvents(created));
            RegisterSharedArena(created);
            return environment;
        }
        catch
        {
            environment.Dispose();
            throw;
        }
        finally
        {
            if (threading != 0) OrtApi.ReleaseThreadingOptions(threading);
        }
    }

    /// <summary>Gives back to the system what the shared arena and the C library's heap hold and nobody uses. When that fails, as it may
    /// where memory is out, memory stays as it is.</summary>
    public void TrimMemory()
    {
        try
        {
            _trimmer.Value.Trim();
        }
        catch (OnnxRuntimeException exception)
        {
            s_log?.Invoke(OrtLogLevel.Warning, $"Memory was not trimmed: {exception.Message}");
        }
    }

    protected override void Dispose(bool disposing)
    {
        // Its session keeps this environment alive, so it goes first.
        if (disposing && _trimmer.IsValueCreated) _trimmer.Value.Dispose();
        base.Dispose(disposing);
    }

    protected override bool ReleaseHandle()
    {
        OrtApi.ReleaseEnv(handle);
        return true;
    }

    /// <summary>The arena holds what runs need between their nodes; weights stay out of it (<see cref="SessionSettings"/>).</summary>
    private static void RegisterSharedArena(nint environment)
    {
        const int ArenaAllocator = 1;
        const int DefaultMemory = 0;
        nint memory = 0, arena = 0;
        try
        {
            OrtStatus.Check(OrtApi.CreateCpuMemoryInfo(ArenaAllocator, DefaultMemory, &memory));
            // Growing by what is asked for, not by powers of two, keeps what one large batch leaves behind small.
            byte* key = OrtApi.Literal("arena_extend_strategy"u8);
            nuint sameAsRequested = 1;
            OrtStatus.Check(OrtApi.CreateArenaCfgV2(&key, &sameAsRequested, 1, &arena));
            OrtStatus.Check(OrtApi.CreateAndRegisterAllocator(environment, memory, arena));
        }
        finally
        {
            if (arena != 0) OrtApi.ReleaseArenaCfg(arena);
            if (memory != 0) OrtApi.ReleaseMemoryInfo(memory);
        }
    }

    [UnmanagedCallersOnly]
    private static void Forward(void* state, int level, byte* category, byte* logId, byte* location, byte* message) =>
        s_log?.Invoke((OrtLogLevel)level, Marshal.PtrToStringUTF8((nint)message) ?? "");
}
