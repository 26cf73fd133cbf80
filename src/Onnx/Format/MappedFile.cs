using System.IO.MemoryMappedFiles;

namespace Thaw.Onnx.Format;

/// <summary>A file's bytes, mapped instead of copied. Nothing is read beyond the length that the file had when it was opened.</summary>
internal sealed unsafe class MappedFile : IDisposable
{
    private readonly MemoryMappedFile _file;
    private readonly MemoryMappedViewAccessor _view;
    private byte* _start;

    private MappedFile(string path, MemoryMappedFile file, long length)
    {
        Path = path;
        _file = file;
        Length = length;
        // Private and writable, as ONNX Runtime maps external data. Nothing writes to it; a write would go to a private copy of the page.
        _view = file.CreateViewAccessor(0, length, MemoryMappedFileAccess.CopyOnWrite);
        _view.SafeMemoryMappedViewHandle.AcquirePointer(ref _start);
    }

    public string Path { get; }

    public long Length { get; }

    /// <summary>Maps the file at <paramref name="path"/>; null if it is empty, because an empty file cannot be mapped.</summary>
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
            return new MappedFile(path, file, length);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>A mapping that holds a copy of these bytes and stands for a file.</summary>
    /// <param name="name">Used as its path.</param>
    public static MappedFile Of(string name, ReadOnlySpan<byte> bytes)
    {
        var file = MemoryMappedFile.CreateNew(null, bytes.Length);
        using (MemoryMappedViewStream stream = file.CreateViewStream()) stream.Write(bytes);
        return new MappedFile(name, file, bytes.Length);
    }

    /// <summary>Brings these bytes, which must be in the page cache, into this process's page table by reading one byte of every 64 KiB: the system
    /// maps the pages around it too. Unlike madvise, this does not lock the process's memory map.</summary>
    /// <returns>False if this has been disposed, which may happen at any time.</returns>
    public bool TryTouch(long offset, long length)
    {
        const int FaultAround = 64 << 10;
        byte* start = null;
        try
        {
            _view.SafeMemoryMappedViewHandle.AcquirePointer(ref start);
            for (long at = offset; at < offset + length; at += FaultAround) _ = Volatile.Read(ref start[at]);
            return true;
        }
        catch (ObjectDisposedException)
        {
            return false;
        }
        finally
        {
            if (start != null) _view.SafeMemoryMappedViewHandle.ReleasePointer();
        }
    }

    /// <summary>The address of a byte in memory, valid until this is disposed.</summary>
    public nint AddressOf(long offset)
    {
        ObjectDisposedException.ThrowIf(_start == null, this);
        ArgumentOutOfRangeException.ThrowIfGreaterThan((ulong)offset, (ulong)Length);
        return (nint)(_start + offset);
    }

    /// <summary>Bytes of the file, valid until this is disposed.</summary>
    public ReadOnlySpan<byte> Span(long offset, int length)
    {
        byte* start = (byte*)AddressOf(offset);
        ArgumentOutOfRangeException.ThrowIfGreaterThan((ulong)length, (ulong)(Length - offset));
        return new ReadOnlySpan<byte>(start, length);
    }

    public void Dispose()
    {
        if (_start == null) return;
        _start = null;
        _view.SafeMemoryMappedViewHandle.ReleasePointer();
        _view.Dispose();
        _file.Dispose();
    }
}
