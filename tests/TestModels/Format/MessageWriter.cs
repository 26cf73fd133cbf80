using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace Thaw.TestModels.Format;

/// <summary>
/// Protobuf's wire format (https://protobuf.dev/programming-guides/encoding), into memory that grows. A message is
/// written into its own writer, because its length comes before it.
/// </summary>
/// <param name="packIntegers">
/// Whether a repeated integer is one length-delimited run, as writers generated from onnx.proto3 make it, or one tagged
/// value after the other, as PyTorch and the onnx package (proto2) do. A reader must accept both.
/// </param>
internal sealed class MessageWriter(bool packIntegers = false)
{
    private const int Varint = 0;
    private const int LengthDelimited = 2;
    private const int Fixed32 = 5;

    private readonly ArrayBufferWriter<byte> _buffer = new();

    public ReadOnlySpan<byte> Written => _buffer.WrittenSpan;

    public int Length => _buffer.WrittenCount;

    public void Int64(int field, long value)
    {
        WriteTag(field, Varint);
        WriteVarint((ulong)value);
    }

    public void Single(int field, float value)
    {
        WriteTag(field, Fixed32);
        BinaryPrimitives.WriteSingleLittleEndian(_buffer.GetSpan(sizeof(float)), value);
        _buffer.Advance(sizeof(float));
    }

    public void String(int field, string value) => Bytes(field, Encoding.UTF8.GetBytes(value));

    public void Message(int field, MessageWriter message) => Bytes(field, message.Written);

    public void Bytes(int field, ReadOnlySpan<byte> value)
    {
        LengthPrefix(field, value.Length);
        _buffer.Write(value);
    }

    public void RepeatedInt64(int field, ReadOnlySpan<long> values)
    {
        if (!packIntegers)
        {
            foreach (long value in values) Int64(field, value);
            return;
        }

        // An empty packed field is left out: proto3 writers do so, and a scalar tensor has no dims.
        if (values.IsEmpty) return;
        long length = 0;
        foreach (long value in values) length += VarintSize((ulong)value);
        LengthPrefix(field, length);
        foreach (long value in values) WriteVarint((ulong)value);
    }

    /// <summary>The tag and length of a field whose content, <paramref name="length"/> bytes, the caller writes elsewhere.</summary>
    public void LengthPrefix(int field, long length)
    {
        WriteTag(field, LengthDelimited);
        WriteVarint((ulong)length);
    }

    /// <summary>Bytes that a whole length-delimited field takes: tag, length, content.</summary>
    public static long LengthDelimitedSize(int field, long length) =>
        VarintSize((ulong)field << 3) + VarintSize((ulong)length) + length;

    public static int VarintSize(ulong value)
    {
        int size = 1;
        for (; value >= 0x80; value >>= 7) size++;
        return size;
    }

    private void WriteTag(int field, int wireType) => WriteVarint(((ulong)field << 3) | (uint)wireType);

    private void WriteVarint(ulong value)
    {
        Span<byte> target = _buffer.GetSpan(10);
        int length = 0;
        for (; value >= 0x80; value >>= 7) target[length++] = (byte)(value | 0x80);
        target[length++] = (byte)value;
        _buffer.Advance(length);
    }
}
