using Microsoft.Win32.SafeHandles;
using Thaw.Onnx.Linux;
using Thaw.TestModels;

namespace Thaw.UnitTests.Onnx.Linux;

public sealed class PieceStreamTests : IDisposable
{
    private const int Piece = PieceStream.PieceBytes;

    private readonly TemporaryFolder _folder = new();

    private string FilePath => _folder["file"];

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, 1)]
    [InlineData(100_000, 7)]
    [InlineData(Piece - 1, 1000)]
    [InlineData(Piece, Piece)]
    [InlineData(Piece + 1, 65_536)]
    [InlineData((2 * Piece) + 12_345, 1_000_003)]
    [InlineData(3 * Piece, 3 * Piece)]
    public void A_file_holds_what_was_written_however_it_was_divided(int length, int part)
    {
        byte[] content = Bytes(length);
        List<byte> seen = [];
        using (PieceStream stream = PieceStream.Create(FilePath, length, span => seen.AddRange(span)))
        {
            Assert.Equal(length, stream.Length);
            for (int at = 0; at < length; at += part)
            {
                Assert.Equal(at, stream.Position);
                stream.Write(content, at, Math.Min(part, length - at));
                stream.Flush();
            }

            stream.Complete();
        }

        Assert.True(content.AsSpan().SequenceEqual(File.ReadAllBytes(FilePath)));
        Assert.True(content.AsSpan().SequenceEqual(seen.ToArray()));
    }

    [Fact]
    public void Only_whole_pieces_are_written_before_the_end()
    {
        using PieceStream stream = PieceStream.Create(FilePath, (2 * Piece) + 5);
        stream.Write(Bytes(Piece - 1));
        stream.Flush();
        Assert.Equal(0, Length());
        stream.Write(Bytes(2));
        Assert.Equal(Piece, Length());
        stream.Write(Bytes(Piece + 4));
        Assert.Equal(2 * Piece, Length());
        stream.Complete();
        Assert.Equal((2 * Piece) + 5, Length());

        long Length() => (long)NativeFile.Identity(FilePath)!.Value.Size;
    }

    [Fact]
    public void The_space_is_allocated_before_anything_is_written()
    {
        using PieceStream stream = PieceStream.Create(FilePath, 3 * Piece);
        using System.Diagnostics.Process blocks = System.Diagnostics.Process.Start(
            new System.Diagnostics.ProcessStartInfo("stat", ["--format=%b %B", FilePath]) { RedirectStandardOutput = true })!;
        long[] parts = [.. blocks.StandardOutput.ReadToEnd().Split(' ').Select(long.Parse)];
        Assert.InRange(parts[0] * parts[1], 3 * Piece, 4 * Piece);
    }

    [Fact]
    public void More_or_fewer_bytes_than_announced_are_refused()
    {
        using PieceStream stream = PieceStream.Create(FilePath, 10);
        stream.Write(Bytes(9));
        Assert.Throws<InvalidOperationException>(stream.Complete);
        Assert.Throws<ArgumentOutOfRangeException>(() => stream.Write(Bytes(2)));
        stream.WriteByte(1);
        stream.Complete();
    }

    [Fact]
    public void A_file_that_exists_is_not_replaced()
    {
        File.WriteAllText(FilePath, "old");
        Assert.ThrowsAny<IOException>(() => PieceStream.Create(FilePath, 10));
        Assert.Equal("old", File.ReadAllText(FilePath));
    }

    [Fact]
    public void A_file_that_does_not_fit_is_refused_and_not_left_behind()
    {
        Assert.ThrowsAny<IOException>(() => PieceStream.Create(FilePath, 1L << 60));
        Assert.False(File.Exists(FilePath));
    }

    [Fact]
    public void A_full_disk_is_an_error_at_the_first_piece_or_at_the_end()
    {
        using PieceStream large = OnFullDisk(2 * Piece), small = OnFullDisk(5);
        Assert.ThrowsAny<IOException>(() => large.Write(Bytes(Piece)));
        small.Write(Bytes(5));
        Assert.ThrowsAny<IOException>(small.Complete);

        static PieceStream OnFullDisk(long length)
        {
            SafeFileHandle file = File.OpenHandle("/dev/full", FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
            return new PieceStream(file, "/dev/full", length);
        }
    }

    [Fact]
    public void Nothing_can_be_written_to_a_closed_stream()
    {
        PieceStream stream = PieceStream.Create(FilePath, 10);
        stream.Dispose();
        stream.Dispose();
        Assert.Throws<ObjectDisposedException>(() => stream.Write(Bytes(1)));
        Assert.Throws<ObjectDisposedException>(stream.Complete);
    }

    [Fact]
    public void Other_processes_can_tell_that_a_file_is_being_written()
    {
        using (PieceStream.Create(FilePath, 10)) Assert.ThrowsAny<IOException>(Lock);
        Lock();

        void Lock()
        {
            using FileStream file = new(FilePath, FileMode.Open, FileAccess.ReadWrite, FileShare.None);
        }
    }

    private static byte[] Bytes(int length)
    {
        var bytes = new byte[length];
        new Random(length).NextBytes(bytes);
        return bytes;
    }
}
