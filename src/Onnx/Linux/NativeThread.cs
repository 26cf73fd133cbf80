using System.Runtime.InteropServices;

namespace Thaw.Onnx.Linux;

/// <summary>Thread priorities on Linux, where .NET's <see cref="Thread.Priority"/> has no effect.</summary>
public static partial class NativeThread
{
    private const int OneProcess = 0;
    private const int Self = 0;
    private const int Lowest = 19;

    /// <summary>Gives the calling thread the lowest priority, so that it runs mostly when others are idle. (On Linux setpriority applies to a single
    /// thread: setpriority(2), "C library/kernel differences".)</summary>
    public static void LowerPriority() => _ = SetPriority(OneProcess, Self, Lowest);

    [LibraryImport("libc", EntryPoint = "setpriority")]
    private static partial int SetPriority(int which, uint who, int priority);
}
