using System.Buffers.Binary;
using System.Text;

namespace Thaw.Onnx.Format;

/// <summary>Writes protobuf's wire format (https://protobuf.dev/programming-guides/encoding) into memory that grows as needed.</summary>
internal sealed class ProtoWriter(int capacity = 256)
{
    private const int LongestVarint = 10;

    private byte[] _buffer = new byte[capacity];
    private int _length;

    public ReadOnlyMemory<byte> Written => _buffer.AsMemory(0, _length);

    /// <summary>Writes fields that are already encoded.</summary>
    public void Raw(ReadOnlySpan<byte> fields)
    {
        fields.CopyTo(Room(fields.Length));
        _length += fields.Length;
    }

    public void Integer(int field, long value)
    {
        Tag(field, WireType.Varint);
        Varint((ulong)value);
    }

    // Unpacked: onnx.proto is proto2, and its readers accept both forms.
    public void Integers(int field, IReadOnlyList<long> values)
    {
        foreach (long value in values) Integer(field, value);
    }

    public void Single(int field, float value)
    {
        Tag(field, WireType.Fixed32);
        BinaryPrimitives.WriteSingleLittleEndian(Room(sizeof(float)), value);
        _length += sizeof(float);
    }

    public void Text(int field, string value)
    {
        int length = Encoding.UTF8.GetByteCount(value);
        Tag(field, WireType.Bytes);
        Varint((ulong)length);
        _length += Encoding.UTF8.GetBytes(value, Room(length));
    }

    public void Texts(int field, IReadOnlyList<string> values)
    {
        foreach (string value in values) Text(field, value);
    }

    public void Bytes(int field, ReadOnlySpan<byte> value)
    {
        Tag(field, WireType.Bytes);
        Varint((ulong)value.Length);
        Raw(value);
    }

    /// <summary>Starts a nested message: what is written until <see cref="End"/> belongs to it.</summary>
    /// <returns>To be passed to <see cref="End"/>.</returns>
    public int Begin() => _length;

    /// <summary>Ends a nested message. Its length is known only now, so its content is moved to make room for the header.</summary>
    public void End(int field, int start)
    {
        int length = _length - start;
        Tag(field, WireType.Bytes);
        Varint((ulong)length);
        Span<byte> header = stackalloc byte[ProtoField.LongestHeader];
        Span<byte> written = _buffer.AsSpan(start, _length - start);
        header = header[..(written.Length - length)];
        written[length..].CopyTo(header);
        written[..length].CopyTo(written[header.Length..]);
        header.CopyTo(written);
    }

    private void Tag(int field, WireType type) => Varint(((ulong)field << 3) | (uint)type);

    private void Varint(ulong value)
    {
        Span<byte> target = Room(LongestVarint);
        int length = 0;
        for (; value >= 0x80; value >>= 7) target[length++] = (byte)(value | 0x80);
        target[length++] = (byte)value;
        _length += length;
    }

    private Span<byte> Room(int length)
    {
        if (_buffer.Length - _length < length)
            Array.Resize(ref _buffer, checked((int)Math.Min(Array.MaxLength, Math.Max(2L * _buffer.Length, _length + (long)length))));
        return _buffer.AsSpan(_length, _buffer.Length - _length);
    }
}
