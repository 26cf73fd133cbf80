using System.Buffers;
using System.Text.Unicode;

namespace Thaw.Tokenizers.Files;

/// <summary>Reads a tokenizer file as a whole, and checks that it is UTF-8 without a byte order mark.</summary>
internal static class FileBytes
{
    // Far more than any tokenizer file has.
    private const long MaxLength = 512L << 20;

    /// <summary>The whole file; null if there is none.</summary>
    public static byte[]? TryRead(string directory, string name)
    {
        string path = Path.Combine(directory, name);
        try
        {
            using var file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.Read, FileOptions.SequentialScan);
            long length = RandomAccess.GetLength(file);
            if (length > MaxLength)
                throw new TokenizerFileException(name, "", $"the file has {length} bytes. A tokenizer file has at most {MaxLength}.");
            byte[] bytes = GC.AllocateUninitializedArray<byte>((int)length);
            int read = 0;
            for (int more; read < bytes.Length && (more = RandomAccess.Read(file, bytes.AsSpan(read), read)) > 0;)
                read += more;
            if (read < bytes.Length)
                throw new TokenizerFileException(name, $"byte {read}", "the file became shorter while it was being read. Load the model again.");
            Check(name, bytes);
            return bytes;
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new TokenizerFileException(name, "", $"the file cannot be read: {e.Message}", e);
        }
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

    /// <summary>The number of the line that a byte is in, from 1.</summary>
    public static int Line(ReadOnlySpan<byte> bytes, int offset) => 1 + bytes[..offset].Count((byte)'\n');

    private static int FirstInvalid(ReadOnlySpan<byte> bytes)
    {
        int at = 0;
        while (System.Text.Rune.DecodeFromUtf8(bytes[at..], out _, out int length) == OperationStatus.Done)
            at += length;
        return at;
    }
}
