using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using Thaw.Harness;

namespace Thaw.FunctionalTests.Support;

/// <summary>Calls to the C compiler, which publishing needs too, and to the C library.</summary>
internal static partial class NativeCode
{
    public static void CompileLibrary(string sourceFile, string source, string library)
    {
        File.WriteAllText(sourceFile, source);
        ProgramRun compiler = ProgramRun.ToEnd("cc", ["-shared", "-fPIC", "-o", library, sourceFile, "-ldl"]);
        Assert.True(compiler.ExitCode == 0, compiler.Errors);
    }

    /// <summary>Sends SIGTERM; 0 for success.</summary>
    public static int Terminate(int process) => Kill(process, 15);

    public static void MakePipe(string path) => Assert.Equal(0, MakeFifo(path, 0b110_110_110));

    /// <summary>Drops a whole file from the page cache, if it is already on disk; 0 for success.</summary>
    public static int DropFromPageCache(SafeFileHandle file) => Advise(file, 0, 0, 4);

    /// <summary>Changes what a process may use from now on: a limit of getrlimit(2).</summary>
    /// <returns>What it was before.</returns>
    public static unsafe ulong Limit(int process, int resource, ulong value)
    {
        ulong* before = stackalloc ulong[2];
        Assert.Equal(0, LimitResource(process, resource, null, before));
        ulong* limit = stackalloc ulong[] { value, before[1] };
        Assert.Equal(0, LimitResource(process, resource, limit, null));
        return before[0];
    }

    [LibraryImport("libc", EntryPoint = "prlimit")]
    private static unsafe partial int LimitResource(int process, int resource, ulong* limit, ulong* before);

    [LibraryImport("libc", EntryPoint = "posix_fadvise")]
    private static partial int Advise(SafeFileHandle file, nint offset, nint length, int advice);

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Kill(int process, int signal);

    [LibraryImport("libc", EntryPoint = "mkfifo", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int MakeFifo(string path, uint mode);
}
