using System.Buffers.Binary;

namespace Thaw.Onnx.Format;

/// <summary>One field of a message in protobuf's wire format.</summary>
/// <param name="Value">The value of a varint; 0 for the other types.</param>
/// <param name="HeaderLength">Bytes before the content: the tag, and the varint or the length after it.</param>
/// <param name="ContentLength">Bytes of the content after the header; 0 for a varint, which is part of the header.</param>
internal readonly record struct ProtoField(int Number, WireType Type, ulong Value, int HeaderLength, long ContentLength)
{
    /// <summary>The most bytes that a header can have: a tag of 32 bits and a varint of 64.</summary>
    public const int LongestHeader = 15;

    /// <summary>Reads the field that starts with <paramref name="bytes"/>. Its content may extend beyond them.</summary>
    /// <exception cref="ModelFormatException">There is no valid field.</exception>
    public static ProtoField Parse(ReadOnlySpan<byte> bytes)
    {
        int at = 0;
        ulong tag = ReadVarint(bytes, ref at);
        if (tag is < 8 or > uint.MaxValue) throw new ModelFormatException("a field's tag is out of range");
        var type = (WireType)(tag & 7);
        int number = (int)(tag >> 3);
        switch (type)
        {
            case WireType.Varint:
                return new ProtoField(number, type, ReadVarint(bytes, ref at), at, 0);
            case WireType.Bytes:
                ulong length = ReadVarint(bytes, ref at);
                if (length > long.MaxValue) throw new ModelFormatException("a field's length is out of range");
                return new ProtoField(number, type, 0, at, (long)length);
            case WireType.Fixed32:
                return new ProtoField(number, type, 0, at, sizeof(uint));
            case WireType.Fixed64:
                return new ProtoField(number, type, 0, at, sizeof(ulong));
            default:
                throw new ModelFormatException($"a field has the wire type {(int)type}");
        }
    }

    /// <summary>Appends the varints of a packed field to <paramref name="values"/>.</summary>
    public static void ReadPacked(ReadOnlySpan<byte> content, List<long> values)
    {
        for (int at = 0; at < content.Length;) values.Add((long)ReadVarint(content, ref at));
    }

    /// <summary>Appends the floats of a packed field to <paramref name="values"/>.</summary>
    public static void ReadPacked(ReadOnlySpan<byte> content, List<float> values)
    {
        if (content.Length % sizeof(float) != 0) throw new ModelFormatException("the length of a packed field is not a multiple of its element size");
        for (int at = 0; at < content.Length; at += sizeof(float)) values.Add(BinaryPrimitives.ReadSingleLittleEndian(content[at..]));
    }

    private static ulong ReadVarint(ReadOnlySpan<byte> bytes, ref int at)
    {
        ulong value = 0;
        for (int shift = 0; shift < 64; shift += 7)
        {
            if (at == bytes.Length) throw new ModelFormatException("it ends within a field");
            byte next = bytes[at++];
            value |= (ulong)(next & 0x7f) << shift;
            if (next >= 0x80) continue;
            // Ten bytes hold 70 bits; protobuf drops the excess, and no writer produces any.
            if (shift == 63 && next > 1) break;
            return value;
        }

        throw new ModelFormatException("a varint is out of range");
    }
}
