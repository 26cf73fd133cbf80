using System.Runtime.InteropServices;

namespace Thaw.Onnx.Linux;

/// <summary>The C library's heap, which ONNX Runtime allocates from. On a C library other than glibc these do nothing.</summary>
public static partial class NativeHeap
{
    private const int MmapThreshold = -3;
    private const int LargeBlock = 1 << 20;

    /// <summary>
    /// Has every block of a MiB or more mapped by itself, so that it goes back to the system when it is freed. By default glibc raises
    /// that bound with each large block freed, up to 32 MiB, and weights then leave holes in its heaps: BERT-base held 600-800 MB instead
    /// of 445, and 100 MB more stayed after it was unloaded. Call it before anything large is allocated.
    /// </summary>
    public static void KeepLargeBlocksApart() => Try(static () => SetOption(MmapThreshold, LargeBlock));

    /// <summary>Gives free pages back to the system; glibc keeps freed memory for the next allocation otherwise.</summary>
    public static void Trim() => Try(static () => MallocTrim(0));

    private static void Try(Func<int> call)
    {
        try
        {
            _ = call();
        }
        catch (EntryPointNotFoundException)
        {
        }
    }

    [LibraryImport("libc", EntryPoint = "mallopt")]
    private static partial int SetOption(int option, int value);

    [LibraryImport("libc", EntryPoint = "malloc_trim")]
    private static partial int MallocTrim(nuint keep);
}
