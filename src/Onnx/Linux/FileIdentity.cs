using System.Buffers.Binary;

namespace Thaw.Onnx.Linux;

/// <summary>Identifies a file and its state at one moment; differs once the file is replaced or modified. The time of the last change (ctime) is in
/// it because, unlike that of the last modification, no program can set it.</summary>
public readonly record struct FileIdentity(
    ulong Device, ulong Inode, ulong Size, long ModifiedSeconds, uint ModifiedNanoseconds, long ChangedSeconds, uint ChangedNanoseconds)
{
    /// <summary>Bytes of <see cref="Write"/>.</summary>
    public const int EncodedBytes = 48;

    // In seconds. FAT has the coarsest times, of 2 seconds; Linux takes the time of a change from a clock that ticks every 1 to 10 ms.
    private const int CoarsestTime = 2;

    /// <summary>Whether this identity stands for one content: a file changed less than a step of its times ago may change again and keep its
    /// identity.</summary>
    /// <param name="moment">When the caller began to read the content. The file must still have this identity once it is read.</param>
    public bool IsSettledAt(DateTimeOffset moment) => Math.Max(ModifiedSeconds, ChangedSeconds) < moment.ToUnixTimeSeconds() - CoarsestTime;

    /// <summary>Writes it in the same form on every machine.</summary>
    public void Write(Span<byte> bytes)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, Device);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes[8..], Inode);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes[16..], Size);
        BinaryPrimitives.WriteInt64LittleEndian(bytes[24..], ModifiedSeconds);
        BinaryPrimitives.WriteInt64LittleEndian(bytes[32..], ChangedSeconds);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[40..], ModifiedNanoseconds);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[44..], ChangedNanoseconds);
    }

    /// <summary>The identity that <see cref="Write"/> wrote.</summary>
    public static FileIdentity Read(ReadOnlySpan<byte> bytes) => new(
        Device: BinaryPrimitives.ReadUInt64LittleEndian(bytes),
        Inode: BinaryPrimitives.ReadUInt64LittleEndian(bytes[8..]),
        Size: BinaryPrimitives.ReadUInt64LittleEndian(bytes[16..]),
        ModifiedSeconds: BinaryPrimitives.ReadInt64LittleEndian(bytes[24..]),
        ModifiedNanoseconds: BinaryPrimitives.ReadUInt32LittleEndian(bytes[40..]),
        ChangedSeconds: BinaryPrimitives.ReadInt64LittleEndian(bytes[32..]),
        ChangedNanoseconds: BinaryPrimitives.ReadUInt32LittleEndian(bytes[44..]));
}
