using System.Runtime.InteropServices;

namespace Thaw.Onnx.Runtime;

/// <summary>
/// ONNX Runtime's environment, one per process: its log, one CPU arena for all sessions, and one thread pool for those without their own.
/// Sessions keep it alive.
/// </summary>
public sealed unsafe class OrtEnvironment : SafeHandle
{
    // The native logger is process-wide, so this is static.
    private static Action<OrtLogLevel, string>? s_log;

    // Created on first use: a session loads about 10 MB of the library's code, which an idle server does not need.
    private readonly Lazy<MemoryTrimmer> _trimmer;

    private OrtEnvironment(int threads) : base(0, ownsHandle: true)
    {
        Threads = threads;
        _trimmer = new Lazy<MemoryTrimmer>(() => new MemoryTrimmer(this), LazyThreadSafetyMode.PublicationOnly);
    }

    /// <summary>Number of threads that work on a run together, including the caller's.</summary>
    public int Threads { get; }

    public override bool IsInvalid => handle == 0;

    /// <summary>Opens the library and creates the environment.</summary>
    /// <param name="threads">Threads that work on a run together, including the caller's.</param>
    /// <param name="log">Receives warnings and more severe lines, on any thread.</param>
    /// <exception cref="OnnxRuntimeException">The library cannot be used.</exception>
    public static OrtEnvironment Create(int threads, Action<OrtLogLevel, string> log)
    {
        OrtLibrary.Open();
        s_log = log;
        var environment = new OrtEnvironment(threads);
        nint threading = 0;
        try
        {
            OrtStatus.Check(OrtApi.CreateThreadingOptions(&threading));
            OrtStatus.Check(OrtApi.SetGlobalIntraOpNumThreads(threading, threads));
            OrtStatus.Check(OrtApi.SetGlobalInterOpNumThreads(threading, 1));
            // Spinning threads save microseconds on an idle machine, and take whole cores from loads and requests on a busy one.
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

    /// <summary>Returns unused memory of the shared arena and of the C library's heap to the system. If that fails, as it can when the system is
    /// out of memory, it is logged.</summary>
    public void TrimMemory()
    {
        try
        {
            _trimmer.Value.Trim();
        }
        catch (OnnxRuntimeException exception)
        {
            s_log?.Invoke(OrtLogLevel.Warning, $"Unused memory could not be returned to the system: {exception.Message}");
        }
    }

    protected override void Dispose(bool disposing)
    {
        // The trimmer's session keeps this environment alive, so it is disposed first.
        if (disposing && _trimmer.IsValueCreated) _trimmer.Value.Dispose();
        base.Dispose(disposing);
    }

    protected override bool ReleaseHandle()
    {
        OrtApi.ReleaseEnv(handle);
        return true;
    }

    /// <summary>The arena contains the values that a run passes between nodes. Weights are not in it (<see cref="SessionSettings"/>).</summary>
    private static void RegisterSharedArena(nint environment)
    {
        const int ArenaAllocator = 1;
        const int DefaultMemory = 0;
        nint memory = 0, arena = 0;
        try
        {
            OrtStatus.Check(OrtApi.CreateCpuMemoryInfo(ArenaAllocator, DefaultMemory, &memory));
            // Growing by the requested size, not by powers of two, limits what a large batch leaves allocated.
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
