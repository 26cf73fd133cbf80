using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Thaw.Onnx.Linux;

/// <summary>Facts about files that .NET does not offer.</summary>
public static unsafe partial class NativeFile
{
    // As many as Linux follows in one path (path_resolution(7)).
    private const int MaxLinks = 40;

    private const int CurrentDirectory = -100;
    private const uint TypeOnly = 1;
    private const int StatxLength = 256;
    private const uint BasicStats = 0x7ff;
    private const int ModeOffset = 28;
    private const int OwnerOffset = 20;
    private const int OthersWrite = 0x12;
    private const int NoFollow = 0x100;
    private const int EmptyPath = 0x1000;
    private const int NoWait = 8;
    private const int InodeOffset = 32;
    private const int SizeOffset = 40;
    private const int ChangedOffset = 96;
    private const int ModifiedOffset = 112;
    private const int DeviceOffset = 136;
    private const int TypeMask = 0xf000;
    private const int Directory = 0x4000;
    private const int Regular = 0x8000;
    private const int AccessDenied = 13;

    /// <summary>What to do about a file that may not be read, without a full stop.</summary>
    public const string NoPermission = "permission denied. Let the user that the server runs as read it";

    /// <summary>
    /// Whether the path, with links followed, leads to something that is neither a file nor a directory. Opening a named pipe, for example,
    /// would wait forever for the other end. (statx, because its structure is the same on every architecture: linux/stat.h.)
    /// </summary>
    public static bool IsSpecial(string path)
    {
        byte* status = stackalloc byte[StatxLength];
        if (Statx(CurrentDirectory, path, 0, TypeOnly, status) != 0) return false;
        int type = *(ushort*)(status + ModeOffset) & TypeMask;
        return type is not (Regular or Directory);
    }

    /// <summary>Whether a directory on the way to the path may not be entered, so that it is not known whether it exists.</summary>
    public static bool IsHidden(string path)
    {
        byte* status = stackalloc byte[StatxLength];
        return Statx(CurrentDirectory, path, 0, TypeOnly, status) != 0 && Marshal.GetLastPInvokeError() == AccessDenied;
    }

    /// <summary>Whether the path is a directory (not a link to one) that belongs to this user and that no other user may write to.</summary>
    public static bool IsOwn(string directory)
    {
        byte* status = stackalloc byte[StatxLength];
        if (Statx(CurrentDirectory, directory, NoFollow, BasicStats, status) != 0) return false;
        int mode = *(ushort*)(status + ModeOffset);
        return (mode & TypeMask) == Directory && (mode & OthersWrite) == 0 && *(uint*)(status + OwnerOffset) == EffectiveUser();
    }

    /// <summary>Whether a byte of a file is in the page cache; false where the file system cannot tell. (preadv2(2), because mincore(2) answers only
    /// for files that the user owns or may write to.)</summary>
    internal static bool IsCached(SafeFileHandle file, long offset)
    {
        byte read;
        var part = new IoVector { Address = &read, Length = 1 };
        return ReadVector(file, &part, 1, (nint)offset, NoWait) == 1;
    }

    /// <summary>The path with every symbolic link in it resolved; parts that do not exist stay as they are.</summary>
    /// <exception cref="IOException">There are too many links; they may form a loop.</exception>
    public static string RealPath(string path)
    {
        int links = 0;
        return RealPath(path, ref links);
    }

    private static string RealPath(string path, ref int links)
    {
        string resolved = "/";
        foreach (string part in Path.GetFullPath(path).Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            resolved = Path.Combine(resolved, part);
            var file = new FileInfo(resolved);
            if (file.LinkTarget is null) continue;
            if (++links > MaxLinks) throw new IOException("It goes through too many symbolic links; they may form a loop.");
            // Null if the link has been removed since.
            resolved = RealPath(file.ResolveLinkTarget(returnFinalTarget: false)?.FullName ?? resolved, ref links);
        }

        return resolved;
    }

    /// <summary>Identity of the file at a path, with links followed; changes when the file is replaced or modified. Null if there is none.</summary>
    public static FileIdentity? Identity(string path)
    {
        byte* status = stackalloc byte[StatxLength];
        return Statx(CurrentDirectory, path, 0, BasicStats, status) == 0 ? IdentityOf(status) : null;
    }

    /// <summary>Identity of an open file, whatever its path leads to by now. Null if the file system fails.</summary>
    internal static FileIdentity? Identity(SafeFileHandle file)
    {
        byte* status = stackalloc byte[StatxLength];
        bool held = false;
        try
        {
            file.DangerousAddRef(ref held);
            return Statx((int)file.DangerousGetHandle(), "", EmptyPath, BasicStats, status) == 0 ? IdentityOf(status) : null;
        }
        finally
        {
            if (held) file.DangerousRelease();
        }
    }

    private static FileIdentity IdentityOf(byte* status) => new(
        *(ulong*)(status + DeviceOffset), *(ulong*)(status + InodeOffset), *(ulong*)(status + SizeOffset),
        *(long*)(status + ModifiedOffset), *(uint*)(status + ModifiedOffset + sizeof(long)),
        *(long*)(status + ChangedOffset), *(uint*)(status + ChangedOffset + sizeof(long)));

    // struct iovec.
    private struct IoVector
    {
        public byte* Address;
        public nuint Length;
    }

    [LibraryImport("libc", EntryPoint = "preadv2")]
    private static partial nint ReadVector(SafeFileHandle file, IoVector* parts, int count, nint offset, int flags);

    [LibraryImport("libc", EntryPoint = "geteuid")]
    private static partial uint EffectiveUser();

    [LibraryImport("libc", EntryPoint = "statx", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial int Statx(int directory, string path, int flags, uint mask, byte* status);
}
