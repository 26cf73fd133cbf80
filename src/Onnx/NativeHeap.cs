using System.Runtime.InteropServices;

namespace Thaw.Onnx;

/// <summary>The C library's heap, which ONNX Runtime allocates from.</summary>
public static partial class NativeHeap
{
    /// <summary>
    /// Gives free pages back to the system. Without it what an unloaded model leaves behind stays resident: glibc keeps freed
    /// memory for the next allocation. A C library without it (musl) is left as it is.
    /// </summary>
    public static void Trim()
    {
        try
        {
            _ = MallocTrim(0);
        }
        catch (EntryPointNotFoundException)
        {
        }
    }

    [LibraryImport("libc", EntryPoint = "malloc_trim")]
    private static partial int MallocTrim(nuint keep);
}
