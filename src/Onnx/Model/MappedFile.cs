using System.IO.MemoryMappedFiles;
using System.Runtime.InteropServices;

namespace Thaw.Onnx.Model;

/// <summary>A file's bytes, mapped and not copied. Nothing is read beyond the length that the file had when it was opened.</summary>
internal sealed unsafe partial class MappedFile : IDisposable
{
    // madvise(2). The second is new in Linux 5.14; where it is unknown nothing happens.
    private const int WillNeed = 3;
    private const int PopulateRead = 22;

    private readonly MemoryMappedFile _file;
    private readonly MemoryMappedViewAccessor _view;
    private byte* _start;

    private MappedFile(MemoryMappedFile file, long length)
    {
        _file = file;
        Length = length;
        // Private and writable, as ONNX Runtime maps external data. Nobody writes; whoever did would get a page of its own.
        _view = file.CreateViewAccessor(0, length, MemoryMappedFileAccess.CopyOnWrite);
        _view.SafeMemoryMappedViewHandle.AcquirePointer(ref _start);
    }

    public long Length { get; }

    /// <summary>Maps the file at <paramref name="path"/>; null for an empty one, which cannot be mapped.</summary>
    /// <exception cref="IOException">It cannot be opened or mapped.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    public static MappedFile? Open(string path)
    {
        using FileStream stream = new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
        long length = stream.Length;
        if (length == 0) return null;
        var file = MemoryMappedFile.CreateFromFile(stream, null, 0, MemoryMappedFileAccess.CopyOnWrite, HandleInheritability.None, leaveOpen: false);
        try
        {
            return new MappedFile(file, length);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Where a byte lies in memory.</summary>
    public nint AddressOf(long offset)
    {
        ObjectDisposedException.ThrowIf(_start == null, this);
        ArgumentOutOfRangeException.ThrowIfGreaterThan((ulong)offset, (ulong)Length);
        return (nint)(_start + offset);
    }

    /// <summary>Bytes of the file, valid until it is disposed.</summary>
    public ReadOnlySpan<byte> Span(long offset, int length)
    {
        byte* start = (byte*)AddressOf(offset);
        ArgumentOutOfRangeException.ThrowIfGreaterThan((ulong)length, (ulong)(Length - offset));
        return new ReadOnlySpan<byte>(start, length);
    }

    /// <summary>Asks the system to have these bytes read from the disk, and does not wait for it.</summary>
    public void Ask(long offset, long length) => Advise(offset, length, WillNeed);

    /// <summary>Has these bytes in memory, and in this process's page table, when it returns.</summary>
    public void Populate(long offset, long length) => Advise(offset, length, PopulateRead);

    private void Advise(long offset, long length, int advice)
    {
        nint start = AddressOf(offset) & -Environment.SystemPageSize, end = AddressOf(Math.Min(offset + length, Length));
        // It is advice: whatever comes of it, the bytes are there when they are read.
        if (start < end) _ = MemoryAdvise(start, (nuint)(end - start), advice);
    }

    [LibraryImport("libc", EntryPoint = "madvise")]
    private static partial int MemoryAdvise(nint address, nuint length, int advice);

    public void Dispose()
    {
        if (_start == null) return;
        _start = null;
        _view.SafeMemoryMappedViewHandle.ReleasePointer();
        _view.Dispose();
        _file.Dispose();
    }
}
