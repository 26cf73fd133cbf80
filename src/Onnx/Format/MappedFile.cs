using System.IO.MemoryMappedFiles;

namespace Thaw.Onnx.Format;

/// <summary>A file's bytes, mapped and not copied. Nothing is read beyond the length that the file had when it was opened.</summary>
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
        // Private and writable, as ONNX Runtime maps external data. Nobody writes; whoever did would get a page of its own.
        _view = file.CreateViewAccessor(0, length, MemoryMappedFileAccess.CopyOnWrite);
        _view.SafeMemoryMappedViewHandle.AcquirePointer(ref _start);
    }

    public string Path { get; }

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
            return new MappedFile(path, file, length);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Bytes in memory in the place of a file's.</summary>
    /// <param name="name">What stands for its path.</param>
    public static MappedFile Of(string name, ReadOnlySpan<byte> bytes)
    {
        var file = MemoryMappedFile.CreateNew(null, bytes.Length);
        using (MemoryMappedViewStream stream = file.CreateViewStream()) stream.Write(bytes);
        return new MappedFile(name, file, bytes.Length);
    }

    /// <summary>Has these bytes, which are in the page cache, in this process's page table: by reading one of each 64 KiB, around which the system
    /// takes the others in too. That holds no lock of the process's memory, as advising the system to would.</summary>
    /// <returns>False when this is disposed, which may happen meanwhile.</returns>
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

    public void Dispose()
    {
        if (_start == null) return;
        _start = null;
        _view.SafeMemoryMappedViewHandle.ReleasePointer();
        _view.Dispose();
        _file.Dispose();
    }
}
