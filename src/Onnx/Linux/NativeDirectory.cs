using System.Runtime.InteropServices;

namespace Thaw.Onnx.Linux;

/// <summary>Operations on directories that .NET does not offer.</summary>
public static partial class NativeDirectory
{
    private const int ReadOnly = 0;
    private const int CloseOnExec = 0x80000;

    /// <summary>Makes renames within a directory durable, so that they survive a loss of power. Does nothing on file systems that do not support it.</summary>
    public static void Sync(string path)
    {
        int descriptor = Open(path, ReadOnly | CloseOnExec);
        if (descriptor < 0) return;
        _ = FSync(descriptor);
        _ = Close(descriptor);
    }

    [LibraryImport("libc", EntryPoint = "open", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync")]
    private static partial int FSync(int descriptor);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int descriptor);
}
