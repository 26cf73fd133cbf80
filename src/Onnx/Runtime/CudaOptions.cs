using System.Globalization;
using System.Runtime.InteropServices.Marshalling;

namespace Thaw.Onnx.Runtime;

/// <summary>Options of sessions on a CUDA device.</summary>
public sealed record CudaOptions
{
    /// <summary>The device's number, from 0.</summary>
    public int Device { get; init; }

    /// <summary>Maximum bytes of the arena of one session; 0 for no limit except the device's memory.</summary>
    public long ArenaLimit { get; init; }

    public CudaArena Arena { get; init; } = CudaArena.SameAsRequested;

    /// <summary>Whether float32 matrix products may be computed in TF32, with 10 bits of mantissa: faster on Ampere and later, but only about three
    /// digits are correct.</summary>
    public bool Tf32 { get; init; }

    /// <summary>The options by the names that the CUDA provider gives them.</summary>
    internal IEnumerable<(string Name, string Value)> Entries
    {
        get
        {
            yield return ("device_id", Device.ToString(CultureInfo.InvariantCulture));
            if (ArenaLimit > 0) yield return ("gpu_mem_limit", ArenaLimit.ToString(CultureInfo.InvariantCulture));
            yield return ("arena_extend_strategy", Arena == CudaArena.SameAsRequested ? "kSameAsRequested" : "kNextPowerOfTwo");
            yield return ("use_tf32", Tf32 ? "1" : "0");
        }
    }

    /// <summary>Adds the CUDA provider before the CPU's, which runs the nodes that CUDA has no kernel for.</summary>
    /// <exception cref="OnnxRuntimeException">The provider's library is missing or cannot be loaded, or rejects an option.</exception>
    internal unsafe void AddTo(nint sessionOptions)
    {
        nint provider;
        OrtStatus.Check(OrtApi.CreateCudaProviderOptions(&provider));
        (string Name, string Value)[] entries = [.. Entries];
        byte** names = stackalloc byte*[entries.Length];
        byte** values = stackalloc byte*[entries.Length];
        new Span<nint>(names, entries.Length).Clear();
        new Span<nint>(values, entries.Length).Clear();
        try
        {
            for (int i = 0; i < entries.Length; i++)
            {
                names[i] = Utf8StringMarshaller.ConvertToUnmanaged(entries[i].Name);
                values[i] = Utf8StringMarshaller.ConvertToUnmanaged(entries[i].Value);
            }

            OrtStatus.Check(OrtApi.UpdateCudaProviderOptions(provider, names, values, (nuint)entries.Length));
            OrtStatus.Check(OrtApi.AppendCudaProvider(sessionOptions, provider));
        }
        finally
        {
            for (int i = 0; i < entries.Length; i++)
            {
                Utf8StringMarshaller.Free(names[i]);
                Utf8StringMarshaller.Free(values[i]);
            }

            OrtApi.ReleaseCudaProviderOptions(provider);
        }
    }
}
