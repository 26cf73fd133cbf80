using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using Thaw.Harness;
using Thaw.Harness.Measuring;

namespace Thaw.ColdLoad.Models;

/// <summary>
/// Brings a model's files into the page cache or drops them. posix_fadvise needs no privileges, and keeps the program and its libraries
/// cached, as they are while a server runs.
/// </summary>
internal static class PageCache
{
    /// <summary>A note for the results.</summary>
    public const string Method = "fsync, posix_fadvise(POSIX_FADV_DONTNEED) on the model's files, checked with mincore";

    private const int DontNeed = 4;
    private const int ProtectionRead = 1, MapShared = 1;
    private const double MostLeft = 0.01;

    /// <summary>Reads all files of a directory once.</summary>
    public static void Warm(string directory)
    {
        byte[] buffer = new byte[1 << 20];
        foreach (string path in Directory.EnumerateFiles(directory))
        {
            using SafeFileHandle file = File.OpenHandle(path);
            for (long at = 0; RandomAccess.Read(file, buffer, at) is > 0 and var read;) at += read;
        }
    }

    /// <summary>Writes all files of a directory to the disk and drops their pages.</summary>
    /// <exception cref="HarnessException">Pages are left: another process maps the files, or the file system is in memory.</exception>
    public static void Drop(string directory)
    {
        foreach (string path in Directory.EnumerateFiles(directory))
        {
            using SafeFileHandle file = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite);
            RandomAccess.FlushToDisk(file);
            int error = Advise((int)file.DangerousGetHandle(), 0, 0, DontNeed);
            if (error != 0) throw new HarnessException($"posix_fadvise failed with error {error} for {path}.");
            double left = Resident(file);
            if (left <= MostLeft) continue;
            throw new HarnessException(Results.Text(
                $"{left:P0} of {path} stays in the page cache: another process maps it, or its file system is in memory. Give another folder with --work."));
        }
    }

    /// <summary>The share of a file's pages that are in the page cache, 0 to 1.</summary>
    public static double Resident(SafeFileHandle file)
    {
        long length = RandomAccess.GetLength(file);
        if (length == 0) return 0;
        nint address = Map(0, (nuint)length, ProtectionRead, MapShared, (int)file.DangerousGetHandle(), 0);
        if (address == -1) throw new HarnessException($"mmap failed with error {Marshal.GetLastPInvokeError()}.");
        try
        {
            byte[] pages = new byte[(length + Environment.SystemPageSize - 1) / Environment.SystemPageSize];
            if (AreInMemory(address, (nuint)length, pages) != 0) throw new HarnessException($"mincore failed with error {Marshal.GetLastPInvokeError()}.");
            return pages.Count(page => (page & 1) != 0) / (double)pages.Length;
        }
        finally
        {
            _ = Unmap(address, (nuint)length);
        }
    }

    [DllImport("libc", EntryPoint = "posix_fadvise")]
    private static extern int Advise(int file, long offset, long length, int advice);

    [DllImport("libc", EntryPoint = "mmap", SetLastError = true)]
    private static extern nint Map(nint address, nuint length, int protection, int flags, int file, long offset);

    [DllImport("libc", EntryPoint = "munmap")]
    private static extern int Unmap(nint address, nuint length);

    [DllImport("libc", EntryPoint = "mincore", SetLastError = true)]
    private static extern int AreInMemory(nint address, nuint length, [Out] byte[] pages);
}
