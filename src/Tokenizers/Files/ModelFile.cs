using System.Buffers;
using System.Text.Unicode;

namespace Thaw.Tokenizers.Files;

/// <summary>Bytes of one file of a model, read in one go and known to be UTF-8 without a byte order mark.</summary>
internal static class ModelFile
{
    /// <summary>Far above any tokenizer file; a larger one is not what its name says.</summary>
    private const long MaxLength = 512L << 20;

    /// <summary>The whole file, or null where there is none.</summary>
    public static byte[]? TryRead(string directory, string name)
    {
        string path = Path.Combine(directory, name);
        try
        {
            using var file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.Read, FileOptions.SequentialScan);
            long length = RandomAccess.GetLength(file);
            if (length > MaxLength)
                throw new TokenizerFileException(name, "", $"the file has {length} bytes, more than {MaxLength}. It cannot be a tokenizer file.");
            byte[] bytes = GC.AllocateUninitializedArray<byte>((int)length);
            int read = 0;
            for (int more; read < bytes.Length && (more = RandomAccess.Read(file, bytes.AsSpan(read), read)) > 0;)
                read += more;
            if (read < bytes.Length)
                throw new TokenizerFileException(name, $"byte {read}", "the file became shorter while it was read. Load the model again.");
            Check(name, bytes);
            return bytes;
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new TokenizerFileException(name, "", $"cannot be read: {e.Message}", e);
        }
    }

    private static void Check(string name, byte[] bytes)
    {
        if (bytes.AsSpan().StartsWith("\uFEFF"u8))
            throw new TokenizerFileException(name, "byte 0", "the file begins with a byte order mark, which would become part of its first token. Save it as UTF-8 without one.");
        if (!Utf8.IsValid(bytes))
        {
            int offset = FirstInvalid(bytes);
            throw new TokenizerFileException(name, $"line {Line(bytes, offset)}, byte {offset}", "the bytes are not UTF-8. Save the file as UTF-8.");
        }
    }

    public static int Line(ReadOnlySpan<byte> bytes, int offset) => 1 + bytes[..offset].Count((byte)'\n');

    private static int FirstInvalid(ReadOnlySpan<byte> bytes)
    {
        int at = 0;
        while (System.Text.Rune.DecodeFromUtf8(bytes[at..], out _, out int length) == OperationStatus.Done)
            at += length;
        return at;
    }
}
