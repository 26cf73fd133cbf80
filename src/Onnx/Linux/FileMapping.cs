using System.ComponentModel;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Thaw.Onnx.Linux;

/// <summary>
/// A file's pages in memory, read-only. Unlike .NET's <see cref="System.IO.MemoryMappedFiles.MemoryMappedFile"/> it keeps no descriptor open, so
/// thousands of them fit into a process's limit. Where the page cache holds a file in huge folios, the system maps it 2 MB at a time.
/// </summary>
internal sealed unsafe partial class FileMapping : SafeHandle
{
    private const int ProtectRead = 1;
    private const int ProtectWrite = 2;
    private const int MapShared = 1;
    private const int MapPrivate = 2;
    private const int MapAnonymous = 0x20;
    private const int NoDescriptor = -1;
    private const int Normal = 0;
    private const int Random = 1;
    private const int DontNeed = 4;
    private const int MayMove = 1;
    private const int Fixed = 2;
    private const int OutOfMemory = 12;
    private static readonly nint Failed = -1;

    private readonly bool _isFile;
    private int _owners = 1;

    private FileMapping(nint address, long length, bool isFile) : base(0, ownsHandle: true)
    {
        (Length, _isFile) = (length, isFile);
        SetHandle(address);
    }

    public override bool IsInvalid => handle == 0;

    /// <summary>In bytes.</summary>
    public long Length { get; }

    public byte* Start => (byte*)handle;

    /// <summary>Maps a file's first bytes. The mapping stays valid when the file is closed, renamed or deleted.</summary>
    /// <param name="length">More than 0, and not more than the file has.</param>
    /// <exception cref="IOException">It cannot be mapped.</exception>
    /// <exception cref="SystemLimitException">The process has too many mappings, or no address space is left for it.</exception>
    public static FileMapping Of(SafeFileHandle file, long length)
    {
        bool held = false, mapped = false;
        MappingLimit.OfProcess.Take();
        try
        {
            file.DangerousAddRef(ref held);
            var mapping = new FileMapping(Map(length, ProtectRead, MapShared, (int)file.DangerousGetHandle()), length, isFile: true);
            mapped = true;
            return mapping;
        }
        finally
        {
            if (held) file.DangerousRelease();
            if (!mapped) MappingLimit.OfProcess.Return();
        }
    }

    /// <summary>A mapping of a copy of these bytes.</summary>
    public static FileMapping Of(ReadOnlySpan<byte> bytes)
    {
        var copy = new FileMapping(Map(bytes.Length, ProtectRead | ProtectWrite, MapPrivate | MapAnonymous, NoDescriptor), bytes.Length, isFile: false);
        bytes.CopyTo(new Span<byte>(copy.Start, bytes.Length));
        return copy;
    }

    /// <summary>Called by an owner for another one.</summary>
    public void AddOwner() => Interlocked.Increment(ref _owners);

    /// <summary>The last owner closes it.</summary>
    public void RemoveOwner()
    {
        if (Interlocked.Decrement(ref _owners) == 0) Dispose();
    }

    /// <summary>Whether a page fault also reads the pages around it from the disk, as it does at first. It is only advice.</summary>
    public void ReadAround(bool enable) => _ = Advise(handle, (nuint)Length, enable ? Normal : Random);

    /// <summary>Bytes of the kernel's page tables for it, as <see cref="PageTables.BytesOf"/> counts them; null if the system cannot tell.</summary>
    public long? PageTableBytes => PageTables.BytesOf(handle, Length);

    /// <summary>Gives the mapping's page tables back to the system. The file's pages stay in the page cache, and are mapped again when they are
    /// read, which any thread may do meanwhile.</summary>
    public void ReleasePageTables()
    {
        // A copy's pages are nowhere else.
        if (!_isFile || Advise(handle, (nuint)Length, DontNeed) != 0) return;
        // Before Linux 6.14, and except on x64, empty tables stay as long as their mapping. So a new mapping of the file (mremap(2) makes one of a
        // length of 0) takes its place. That is one step for other threads, and short, because the tables are empty: it blocks page faults.
        nint empty = Remap(handle, 0, (nuint)Length, MayMove, 0);
        if (empty == Failed || Move(empty)) return;
        // Almost always nothing has happened. But if the system's memory ran out in the middle of it, the place of this mapping is empty now.
        byte inMemory;
        if (InCore(handle, 1, &inMemory) == 0) _ = Unmap(empty, (nuint)Length);
        else if (!Move(empty)) Environment.FailFast("The system has no memory left for mapping a model's weights again.");

        bool Move(nint mapping) => Remap(mapping, (nuint)Length, (nuint)Length, MayMove | Fixed, handle) != Failed;
    }

    protected override bool ReleaseHandle()
    {
        bool unmapped = Unmap(handle, (nuint)Length) == 0;
        if (_isFile) MappingLimit.OfProcess.Return();
        return unmapped;
    }

    private static nint Map(long length, int protection, int flags, int descriptor)
    {
        nint address = MMap(0, (nuint)length, protection, flags, descriptor, 0);
        if (address != Failed) return address;
        int error = Marshal.GetLastPInvokeError();
        string reason = $"It cannot be mapped: {new Win32Exception(error).Message}.";
        if (error != OutOfMemory) throw new IOException(reason);
        throw new SystemLimitException(
            $"{reason} Raise the process's limit of mappings (sysctl vm.max_map_count) or of address space (ulimit -v), or unload models.");
    }

    [LibraryImport("libc", EntryPoint = "mmap", SetLastError = true)]
    private static partial nint MMap(nint address, nuint length, int protection, int flags, int descriptor, long offset);

    [LibraryImport("libc", EntryPoint = "mremap")]
    private static partial nint Remap(nint address, nuint length, nuint newLength, int flags, nint newAddress);

    [LibraryImport("libc", EntryPoint = "mincore")]
    private static partial int InCore(nint address, nuint length, byte* inMemory);

    [LibraryImport("libc", EntryPoint = "munmap")]
    private static partial int Unmap(nint address, nuint length);

    [LibraryImport("libc", EntryPoint = "madvise")]
    private static partial int Advise(nint address, nuint length, int advice);
}
