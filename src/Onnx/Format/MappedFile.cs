using Thaw.Onnx.Linux;

namespace Thaw.Onnx.Format;

/// <summary>A file's bytes, mapped instead of copied. Nothing is read beyond the length that the file had when it was opened.</summary>
internal sealed unsafe class MappedFile : IDisposable
{
    private readonly FileMapping _mapping;
    private bool _isDisposed;

    private MappedFile(string path, FileIdentity? identity, FileMapping mapping) => (Path, Identity, _mapping) = (path, identity, mapping);

    public string Path { get; }

    /// <summary>The file when it was opened, whatever its path leads to by now; null if it has none.</summary>
    public FileIdentity? Identity { get; }

    public long Length => _mapping.Length;

    /// <summary>Bytes of the kernel's page tables for it; null if the system cannot tell.</summary>
    public long? PageTableBytes
    {
        get
        {
            bool held = false;
            try
            {
                _mapping.DangerousAddRef(ref held);
                return _mapping.PageTableBytes;
            }
            finally
            {
                if (held) _mapping.DangerousRelease();
            }
        }
    }

    /// <summary>Maps the file at <paramref name="path"/>; null if it is empty, because an empty file cannot be mapped.</summary>
    /// <exception cref="UnusableFileException">It is a Git LFS pointer.</exception>
    /// <exception cref="IOException">It cannot be opened or mapped.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    /// <exception cref="SystemLimitException">The process has too many mappings or open files, or too little address space.</exception>
    public static MappedFile? Open(string path)
    {
        try
        {
            using var file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            long length = RandomAccess.GetLength(file);
            if (length == 0) return null;
            var mapped = new MappedFile(path, NativeFile.Identity(file), FileMapping.Of(file, length));
            if (length > GitLfs.MaxLength || !GitLfs.IsPointer(mapped.Span(0, (int)length))) return mapped;
            mapped.Dispose();
            throw new UnusableFileException($"{System.IO.Path.GetFileName(path)}: {GitLfs.Advice}.");
        }
        catch (UnauthorizedAccessException exception) when (!Directory.Exists(path))
        {
            throw new UnauthorizedAccessException($"{System.IO.Path.GetFileName(path)}: {NativeFile.NoPermission}.", exception);
        }
        catch (IOException exception) when (SystemLimitException.Behind(exception) is { } limit)
        {
            throw limit;
        }
    }

    /// <summary>A mapping that holds a copy of these bytes and stands for a file.</summary>
    /// <param name="name">Used as its path.</param>
    public static MappedFile Of(string name, ReadOnlySpan<byte> bytes) => new(name, identity: null, FileMapping.Of(bytes));

    /// <summary>Another owner of the same mapping, which lives until all of them are disposed.</summary>
    public MappedFile Share()
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        _mapping.AddOwner();
        return new MappedFile(Path, Identity, _mapping);
    }

    /// <inheritdoc cref="FileMapping.ReadAround"/>
    public void ReadAround(bool enable)
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        _mapping.ReadAround(enable);
    }

    /// <summary>Brings these bytes, which must be in the page cache, into this process's page table by reading one byte of every 64 KiB: the system
    /// maps the pages around it too. Unlike madvise, this does not lock the process's memory map.</summary>
    /// <returns>False if this has been disposed, which may happen at any time.</returns>
    public bool TryTouch(long offset, long length)
    {
        const int FaultAround = 64 << 10;
        bool held = false;
        try
        {
            _mapping.DangerousAddRef(ref held);
            for (long at = offset; at < offset + length; at += FaultAround) _ = Volatile.Read(ref _mapping.Start[at]);
            return true;
        }
        catch (ObjectDisposedException)
        {
            return false;
        }
        finally
        {
            if (held) _mapping.DangerousRelease();
        }
    }

    /// <summary>Gives the mapping's page tables back to the system until it is read again.</summary>
    public void ReleasePageTables()
    {
        bool held = false;
        try
        {
            _mapping.DangerousAddRef(ref held);
            _mapping.ReleasePageTables();
        }
        finally
        {
            if (held) _mapping.DangerousRelease();
        }
    }

    /// <summary>The address of a byte in memory, valid until this is disposed.</summary>
    public nint AddressOf(long offset)
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        ArgumentOutOfRangeException.ThrowIfGreaterThan((ulong)offset, (ulong)Length);
        return (nint)(_mapping.Start + offset);
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
        if (!Interlocked.Exchange(ref _isDisposed, true)) _mapping.RemoveOwner();
    }
}
