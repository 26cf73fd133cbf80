using System.Buffers.Binary;
using System.IO.Hashing;
using System.Text;
using Thaw.Onnx.Linux;

namespace Thaw.Inference.Layouts;

/// <summary>What a small file of the store says about a source: which entry holds its weights, and which file that was.</summary>
internal readonly record struct LayoutReference(string ContentKey, FileIdentity Weights)
{
    private const ulong Header = 0x5245_4600_5741_4854 + LayoutStore.FormatVersion;
    private const int KeyAt = 8, WeightsAt = 24, ChecksumAt = WeightsAt + FileIdentity.EncodedBytes, Length = ChecksumAt + 16;

    /// <summary>Reads a reference; null if it is missing, damaged, or another source's.</summary>
    public static LayoutReference? TryRead(string path, string sourceKey)
    {
        Span<byte> bytes = stackalloc byte[Length + 1];
        try
        {
            using var file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            if (RandomAccess.Read(file, bytes, 0) != Length) return null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }

        if (BinaryPrimitives.ReadUInt64LittleEndian(bytes) != Header || !bytes[ChecksumAt..Length].SequenceEqual(Checksum(bytes, sourceKey))) return null;
        return new LayoutReference(Convert.ToHexStringLower(bytes[KeyAt..WeightsAt]), FileIdentity.Read(bytes[WeightsAt..]));
    }

    public byte[] Encode(string sourceKey)
    {
        var bytes = new byte[Length];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, Header);
        Convert.FromHexString(ContentKey).CopyTo(bytes.AsSpan(KeyAt, WeightsAt - KeyAt));
        Weights.Write(bytes.AsSpan(WeightsAt));
        Checksum(bytes, sourceKey).CopyTo(bytes, ChecksumAt);
        return bytes;
    }

    private static byte[] Checksum(ReadOnlySpan<byte> bytes, string sourceKey)
    {
        var hash = new XxHash128();
        hash.Append(Encoding.UTF8.GetBytes(sourceKey));
        hash.Append(bytes[..ChecksumAt]);
        return hash.GetCurrentHash();
    }
}
