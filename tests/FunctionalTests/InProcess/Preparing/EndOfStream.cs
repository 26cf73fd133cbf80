namespace Thaw.FunctionalTests.InProcess.Preparing;

/// <summary>Counts the bytes that are written to it, and keeps those after a given place.</summary>
internal sealed class EndOfStream(long start) : Stream
{
    private long _length;

    public MemoryStream End { get; } = new();

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => _length;

    public override long Position
    {
        get => _length;
        set => throw new NotSupportedException();
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        int before = (int)Math.Clamp(start - _length, 0, buffer.Length);
        End.Write(buffer[before..]);
        _length += buffer.Length;
    }

    public override void Flush()
    {
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();
}
