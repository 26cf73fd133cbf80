using System.Buffers.Binary;
using System.IO.Hashing;
using Microsoft.Win32.SafeHandles;
using Thaw.Onnx.Linux;

namespace Thaw.Inference.Layouts;

/// <summary>A file of laid-out weights: the weights, in large pages of the page cache, and behind them a seal that tells whether all of it is
/// unchanged: the content's key, the weights' length and hash, and a checksum of these.</summary>
internal static class LayoutFile
{
    public const int SealBytes = 64;

    private const ulong Header = 0x4c41_5900_5741_4854 + LayoutStore.FormatVersion;
    private const int KeyAt = 8, LengthAt = 24, HashAt = 32, ChecksumAt = 48, BufferBytes = 1 << 20;

    /// <summary>Writes a file, waits until it is on the disk, and reads it again.</summary>
    /// <param name="bytes">Bytes of the weights.</param>
    /// <param name="write">Writes the weights.</param>
    /// <exception cref="IOException">The file cannot be written, or what was read is not what was written.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be written.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static void Write(string path, string contentKey, long bytes, Action<Stream> write, CancellationToken cancellation)
    {
        var hash = new XxHash128();
        using PieceStream file = PieceStream.Create(path, bytes + SealBytes, part =>
        {
            cancellation.ThrowIfCancellationRequested();
            hash.Append(part);
        });
        write(file);
        if (file.Position != bytes) throw new InvalidOperationException($"The weights have {file.Position} bytes, not {bytes}.");
        file.Write(Seal(contentKey, bytes, hash.GetCurrentHash()));
        file.Complete();
        if (!IsWhole(file.Handle, contentKey, cancellation)) throw new IOException($"'{path}' does not hold what was written to it; check the disk.");
        // The file loses its lock now. It must not look abandoned before the caller has moved it.
        File.SetLastWriteTimeUtc(file.Handle, DateTime.UtcNow);
    }

    /// <summary>Whether a file is unchanged since it was written, byte for byte.</summary>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static bool IsWhole(string path, string contentKey, CancellationToken cancellation)
    {
        using SafeFileHandle file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        return IsWhole(file, contentKey, cancellation);
    }

    private static bool IsWhole(SafeFileHandle file, string contentKey, CancellationToken cancellation)
    {
        long bytes = RandomAccess.GetLength(file) - SealBytes;
        Span<byte> seal = stackalloc byte[SealBytes];
        if (bytes < 0 || RandomAccess.Read(file, seal, bytes) != SealBytes) return false;
        // Comparing all except the hash first avoids hashing, which takes tenths of a second.
        ReadOnlySpan<byte> hash = seal[HashAt..ChecksumAt];
        if (!seal.SequenceEqual(Seal(contentKey, bytes, hash))) return false;
        return hash.SequenceEqual(HashOf(file, bytes, cancellation));
    }

    private static byte[] HashOf(SafeFileHandle file, long bytes, CancellationToken cancellation)
    {
        var hash = new XxHash128();
        byte[] buffer = new byte[BufferBytes];
        for (long at = 0; at < bytes;)
        {
            cancellation.ThrowIfCancellationRequested();
            int read = RandomAccess.Read(file, buffer.AsSpan(0, (int)Math.Min(BufferBytes, bytes - at)), at);
            if (read == 0) break;
            hash.Append(buffer.AsSpan(0, read));
            at += read;
        }

        return hash.GetCurrentHash();
    }

    private static byte[] Seal(string contentKey, long bytes, ReadOnlySpan<byte> hash)
    {
        var seal = new byte[SealBytes];
        BinaryPrimitives.WriteUInt64LittleEndian(seal, Header);
        Convert.FromHexString(contentKey).CopyTo(seal.AsSpan(KeyAt, LengthAt - KeyAt));
        BinaryPrimitives.WriteInt64LittleEndian(seal.AsSpan(LengthAt), bytes);
        hash.CopyTo(seal.AsSpan(HashAt));
        XxHash128.Hash(seal.AsSpan(0, ChecksumAt)).CopyTo(seal, ChecksumAt);
        return seal;
    }
}
