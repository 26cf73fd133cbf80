using System.Runtime.InteropServices;

namespace Thaw.Onnx.Linux;

/// <summary>The C library's heap, which ONNX Runtime allocates from. With a C library other than glibc these methods do nothing.</summary>
public static partial class NativeHeap
{
    private const int MmapThreshold = -3;
    private const int LargeBlock = 1 << 20;

    /// <summary>
    /// Makes glibc map every block of 1 MiB or more separately, so that freeing it returns it to the system. By default glibc raises this
    /// threshold with each large block freed, up to 32 MiB, and weights then leave holes in its heaps: BERT-base held 600-800 MB instead
    /// of 445, and kept 100 MB more after it was unloaded. Call this before anything large is allocated.
    /// </summary>
    public static void KeepLargeBlocksApart() => Try(static () => SetOption(MmapThreshold, LargeBlock));

    /// <summary>Returns free pages to the system; otherwise glibc keeps freed memory for later allocations.</summary>
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
