using System.Buffers;
using System.IO.Hashing;
using System.Runtime.InteropServices;
using System.Text.Unicode;
using Microsoft.Win32.SafeHandles;

namespace Thaw.Tokenizers.Files;

/// <summary>
/// Reads the tokenizer files of a directory, each as a whole, and hashes all that it reads, so that a tokenizer can be recognized by exactly the
/// bytes that it would be made from.
/// </summary>
internal sealed class FileReader(string directory)
{
    // Far more than any tokenizer file has.
    private const long MaxLength = 512L << 20;

    // What a file is hashed in, if only its hash is needed: it stays in the processor's cache.
    private const int PartBytes = 1 << 16;

    private const string Pointer = "it is a Git LFS pointer, not the file itself. Run 'git lfs pull' where it was cloned, or download the file.";

    // Differs from process to process, so that no file can be made to have another's hash.
    private static readonly long Seed = Random.Shared.NextInt64();

    private readonly XxHash128 _hash = new(Seed);
    private long _length;

    /// <summary>Identifies what was read so far: names, lengths and contents of the files, and which of them do not exist.</summary>
    public TokenizerKey Key => new(_hash.GetCurrentHashAsUInt128(), _length);

    /// <summary>The whole file, which is UTF-8 without a byte order mark; null if there is none.</summary>
    public byte[]? TryRead(string name)
    {
        byte[]? bytes = Read(name, keep: true);
        if (bytes is not null)
            Check(name, bytes);
        return bytes;
    }

    /// <summary>Reads a file only for <see cref="Key"/>. False if there is none.</summary>
    public bool TryHash(string name) => Read(name, keep: false) is not null;

    /// <summary>The number of the line that a byte is in, from 1.</summary>
    public static int Line(ReadOnlySpan<byte> bytes, int offset) => 1 + bytes[..offset].Count((byte)'\n');

    /// <returns>The file, or an empty array if it is not to be kept; null if there is none.</returns>
    private byte[]? Read(string name, bool keep)
    {
        try
        {
            using SafeFileHandle file = File.OpenHandle(
                Path.Combine(directory, name), FileMode.Open, FileAccess.Read, FileShare.Read, FileOptions.SequentialScan);
            long length = RandomAccess.GetLength(file);
            if (length > MaxLength)
                throw new TokenizerFileException(name, "", $"the file has {length} bytes. A tokenizer file has at most {MaxLength}.");
            HashHead(name, length);
            _length += length;
            byte[] bytes = keep ? GC.AllocateUninitializedArray<byte>((int)length) : [];
            if (keep)
                ReadParts(file, name, length, bytes);
            else
                HashParts(file, name, length);
            return IsPointer(bytes) ? throw new TokenizerFileException(name, "", Pointer) : bytes;
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            HashHead(name, -1);
            return null;
        }
        catch (UnauthorizedAccessException e) when (!Directory.Exists(Path.Combine(directory, name)))
        {
            throw new TokenizerFileException(name, "", "permission denied. Let the user that the server runs as read it.", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new TokenizerFileException(name, "", $"the file cannot be read: {e.Message}", e);
        }
    }

    private void HashParts(SafeFileHandle file, string name, long length)
    {
        byte[] part = ArrayPool<byte>.Shared.Rent(PartBytes);
        try
        {
            ReadParts(file, name, length, part);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(part);
        }
    }

    /// <summary>Reads and hashes a file.</summary>
    /// <param name="buffer">Receives the file, part after part if it is shorter.</param>
    private void ReadParts(SafeFileHandle file, string name, long length, byte[] buffer)
    {
        int used = 0;
        for (long at = 0; at < length;)
        {
            if (used == buffer.Length)
                used = 0;
            Span<byte> room = buffer.AsSpan(used, (int)Math.Min(buffer.Length - used, length - at));
            int read = RandomAccess.Read(file, room, at);
            if (read == 0)
                throw new TokenizerFileException(name, $"byte {at}", "the file became shorter while it was being read. Load the model again.");
            _hash.Append(room[..read]);
            used += read;
            at += read;
        }
    }

    private void HashHead(string name, long length)
    {
        _hash.Append(MemoryMarshal.AsBytes(name.AsSpan()));
        _hash.Append(MemoryMarshal.AsBytes(new ReadOnlySpan<long>(in length)));
    }

    private static void Check(string name, byte[] bytes)
    {
        if (bytes.AsSpan().StartsWith("\uFEFF"u8))
        {
            const string Reason = "the file begins with a byte order mark, which would become part of its first token. Save it as UTF-8 without one.";
            throw new TokenizerFileException(name, "byte 0", Reason);
        }

        if (!Utf8.IsValid(bytes))
        {
            int offset = FirstInvalid(bytes);
            throw new TokenizerFileException(name, $"line {Line(bytes, offset)}, byte {offset}", "the file is not UTF-8. Save it as UTF-8.");
        }
    }

    /// <summary>Whether it is what Git LFS keeps in a repository in place of a large file.</summary>
    private static bool IsPointer(byte[] bytes) => bytes.AsSpan().StartsWith("version https://git-lfs.github.com/spec/"u8);

    private static int FirstInvalid(ReadOnlySpan<byte> bytes)
    {
        int at = 0;
        while (System.Text.Rune.DecodeFromUtf8(bytes[at..], out _, out int length) == OperationStatus.Done)
            at += length;
        return at;
    }
}
