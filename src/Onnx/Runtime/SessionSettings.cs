using System.Runtime.InteropServices.Marshalling;

namespace Thaw.Onnx.Runtime;

/// <summary>Options of a session. The shared arena is not among them: every session uses it.</summary>
public sealed record SessionSettings
{
    public GraphOptimization Optimization { get; init; } = GraphOptimization.All;

    /// <summary>Whether ONNX Runtime copies large weights into the layout that its kernels read fastest. That takes most of a load's time, and
    /// about as much private memory as the weights. Without it, each run does it again and takes about twice as long.</summary>
    public bool Prepacking { get; init; } = true;

    /// <summary>Path that ONNX Runtime writes the optimized model to when it has loaded it; null to write nothing.</summary>
    public string? SavedModelPath { get; init; }

    /// <summary>Number of threads that work on a run together, including the caller's, if the session has threads of its own; 0 to share the
    /// environment's.</summary>
    public int OwnThreads { get; init; }

    /// <summary>The CUDA device that the session runs on; null for the CPU.</summary>
    public CudaOptions? Cuda { get; init; }

    /// <summary>Entries of <c>onnxruntime_session_options_config_keys.h</c> in addition to those that every session has.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Config { get; init; } = [];

    /// <summary>Native options; the caller releases them.</summary>
    internal unsafe nint CreateOptions()
    {
        nint options;
        OrtStatus.Check(OrtApi.CreateSessionOptions(&options));
        try
        {
            if (OwnThreads == 0) OrtStatus.Check(OrtApi.DisablePerSessionThreads(options));
            else OrtStatus.Check(OrtApi.SetIntraOpNumThreads(options, OwnThreads));
            // Memory patterns are planned for one shape, but batch size and sequence length change with every request.
            OrtStatus.Check(OrtApi.DisableMemPattern(options));
            OrtStatus.Check(OrtApi.SetSessionGraphOptimizationLevel(options, (int)Optimization));
            AddConfig(options, "session.use_env_allocators", "1");
            // Weights come straight from malloc, so they are freed with the session; an arena would never free their pages.
            AddConfig(options, "session.use_device_allocator_for_initializers", "1");
            if (!Prepacking) AddConfig(options, "session.disable_prepacking", "1");
            foreach ((string key, string value) in Config) AddConfig(options, key, value);
            Cuda?.AddTo(options);
            if (SavedModelPath is not null) SetSavedModelPath(options, SavedModelPath);
            return options;
        }
        catch
        {
            OrtApi.ReleaseSessionOptions(options);
            throw;
        }
    }

    private static unsafe void SetSavedModelPath(nint options, string path)
    {
        byte* nativePath = Utf8StringMarshaller.ConvertToUnmanaged(path);
        try
        {
            OrtStatus.Check(OrtApi.SetOptimizedModelFilePath(options, nativePath));
        }
        finally
        {
            Utf8StringMarshaller.Free(nativePath);
        }
    }

    private static unsafe void AddConfig(nint options, string key, string value)
    {
        byte* nativeKey = Utf8StringMarshaller.ConvertToUnmanaged(key);
        byte* nativeValue = Utf8StringMarshaller.ConvertToUnmanaged(value);
        try
        {
            OrtStatus.Check(OrtApi.AddSessionConfigEntry(options, nativeKey, nativeValue));
        }
        finally
        {
            Utf8StringMarshaller.Free(nativeKey);
            Utf8StringMarshaller.Free(nativeValue);
        }
    }
}
