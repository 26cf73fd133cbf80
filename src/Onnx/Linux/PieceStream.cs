using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Thaw.Onnx.Linux;

/// <summary>
/// Writes a new file that is to be mapped. Linux keeps what a file was written with: after small writes, the page cache holds the file in small
/// pages, and touching a mapped 438 MB takes 32 ms and 840 kB of page tables. After aligned writes of 4 MB it holds the file in huge pages, and
/// touching takes 2 ms and 4 kB. So this stream collects what it is given and writes nothing else, into space that is allocated in advance.
/// </summary>
public sealed unsafe class PieceStream : Stream
{
    /// <summary>Bytes of a write, and what its offset is a multiple of.</summary>
    public const int PieceBytes = 4 << 20;

    private const int PageBytes = 4096;

    private readonly string _path;
    private readonly SafeFileHandle _file;
    private readonly Action<ReadOnlySpan<byte>>? _writing;

    // Not the caller's memory: where a page of that is not present yet, such as one of a mapped file, Linux splits the write.
    private readonly int _capacity;
    private byte* _piece;
    private int _filled;
    private long _written;

    /// <param name="file">An empty file, which this closes.</param>
    internal PieceStream(SafeFileHandle file, string path, long length, Action<ReadOnlySpan<byte>>? writing = null)
    {
        (_file, _path, Length, _writing) = (file, path, length, writing);
        _capacity = (int)Math.Min(length, PieceBytes);
        _piece = (byte*)NativeMemory.AlignedAlloc((nuint)Math.Max(_capacity, 1), PageBytes);
    }

    /// <summary>The file, for reading what was written. It closes with this stream.</summary>
    public SafeFileHandle Handle => _file;

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    /// <summary>Bytes of the finished file.</summary>
    public override long Length { get; }

    /// <summary>Bytes that were given to this stream.</summary>
    public override long Position
    {
        get => _written + _filled;
        set => throw new NotSupportedException();
    }

    /// <summary>Creates the file, which must not exist, and allocates its space: a disk that is too small is detected before anything is
    /// written. Until this stream is disposed, no other
    /// one can open the file.</summary>
    /// <param name="length">Bytes that will be written, neither more nor fewer.</param>
    /// <param name="writing">Called with what each write is given, before it is copied; may throw.</param>
    /// <exception cref="IOException">It exists, or it cannot be created.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be created.</exception>
    public static PieceStream Create(string path, long length, Action<ReadOnlySpan<byte>>? writing = null)
    {
        SafeFileHandle? file = null;
        try
        {
            file = File.OpenHandle(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, FileOptions.None, length);
            var stream = new PieceStream(file, path, length, writing);
            file = null;
            return stream;
        }
        catch (ArgumentOutOfRangeException exception) when (IsTooLarge(exception))
        {
            throw TooLarge(path, exception);
        }
        finally
        {
            file?.Dispose();
        }
    }

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        ObjectDisposedException.ThrowIf(_piece == null, this);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(buffer.Length, Length - Position, nameof(buffer));
        _writing?.Invoke(buffer);
        while (!buffer.IsEmpty)
        {
            int length = Math.Min(buffer.Length, _capacity - _filled);
            buffer[..length].CopyTo(new Span<byte>(_piece + _filled, length));
            buffer = buffer[length..];
            _filled += length;
            if (_filled == PieceBytes) WritePiece();
        }
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    /// <summary>Writes the rest, and waits until all of the file is on the disk.</summary>
    /// <exception cref="InvalidOperationException">Fewer bytes were written than announced.</exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public void Complete()
    {
        ObjectDisposedException.ThrowIf(_piece == null, this);
        if (Position != Length) throw new InvalidOperationException($"'{_path}' has {Position} of {Length} bytes.");
        WritePiece();
        RandomAccess.FlushToDisk(_file);
    }

    /// <summary>Does nothing: only whole pieces are written before the end.</summary>
    public override void Flush()
    {
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        NativeMemory.AlignedFree(_piece);
        _piece = null;
        _file.Dispose();
        base.Dispose(disposing);
    }

    private void WritePiece()
    {
        try
        {
            RandomAccess.Write(_file, new ReadOnlySpan<byte>(_piece, _filled), _written);
        }
        catch (ArgumentOutOfRangeException exception) when (IsTooLarge(exception))
        {
            throw TooLarge(_path, exception);
        }

        _written += _filled;
        _filled = 0;
    }

    // How .NET reports EFBIG.
    private static bool IsTooLarge(ArgumentOutOfRangeException exception) => exception.ParamName == "value";

    private static IOException TooLarge(string path, Exception exception) =>
        new($"'{path}' would be too large for the file system, or for the process's limit on the size of a file.", exception);
}
