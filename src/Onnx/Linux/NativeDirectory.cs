using System.Runtime.InteropServices;

namespace Thaw.Onnx.Linux;

/// <summary>What the runtime's own directory API does not do.</summary>
public static partial class NativeDirectory
{
    private const int ReadOnly = 0;
    private const int CloseOnExec = 0x80000;

    /// <summary>Makes renames within a directory last, also when the machine loses power. File systems that cannot do it are passed over.</summary>
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
