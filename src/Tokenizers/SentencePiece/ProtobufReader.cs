using System.Buffers.Binary;

namespace Thaw.Tokenizers.SentencePiece;

/// <summary>Reads the fields of a protobuf message, in place. Everything is checked against the end of the message.</summary>
/// <param name="fileName">For messages.</param>
/// <param name="file">The whole file.</param>
/// <param name="start">Where the message begins in it.</param>
/// <param name="end">Where the message ends in it.</param>
internal ref struct ProtobufReader(string fileName, ReadOnlySpan<byte> file, int start, int end)
{
    private const int MaxVarintBytes = 10;

    private readonly ReadOnlySpan<byte> _file = file;
    private int _at = start;
    private WireType _type;

    /// <summary>Number of the field that is read next.</summary>
    public int Field { get; private set; }

    /// <summary>Where the field is in the file.</summary>
    public readonly string Place => $"byte {_at}";

    /// <summary>Moves to the next field, which must be read or skipped. False at the end of the message.</summary>
    public bool MoveNext()
    {
        if (_at == end)
            return false;
        ulong tag = ReadVarint();
        Field = (int)Math.Min(tag >> 3, int.MaxValue);
        _type = (WireType)(tag & 7);
        if (Field == 0)
            throw Damaged("a field has the number 0");
        return true;
    }

    /// <summary>The value of a field that is a whole number, an enumeration or a flag, cut to 32 bits as in the reference.</summary>
    public int ReadInt32()
    {
        Require(WireType.Varint);
        return (int)ReadVarint();
    }

    public float ReadFloat()
    {
        Require(WireType.Fixed32);
        return BinaryPrimitives.ReadSingleLittleEndian(Take(sizeof(float)));
    }

    /// <summary>The bytes of a text, of bytes or of a message.</summary>
    public ReadOnlySpan<byte> ReadBytes()
    {
        Require(WireType.Bytes);
        ulong length = ReadVarint();
        return Take(length <= int.MaxValue ? (int)length : int.MaxValue);
    }

    public ProtobufReader ReadMessage()
    {
        int length = ReadBytes().Length;
        return new ProtobufReader(fileName, _file, _at - length, _at);
    }

    public void Skip()
    {
        switch (_type)
        {
            case WireType.Varint:
                ReadVarint();
                break;
            case WireType.Fixed64:
                Take(sizeof(ulong));
                break;
            case WireType.Bytes:
                ReadBytes();
                break;
            case WireType.Fixed32:
                Take(sizeof(uint));
                break;
            default:
                throw Damaged($"field {Field} has the unknown type {(int)_type}");
        }
    }

    public readonly TokenizerFileException Damaged(string reason) =>
        new(fileName, Place, $"the file is damaged, or is not a SentencePiece model: {reason}. Copy it again.");

    private readonly void Require(WireType type)
    {
        if (_type != type)
            throw Damaged($"field {Field} has another type than expected");
    }

    private ulong ReadVarint()
    {
        ulong value = 0;
        for (int i = 0; i < MaxVarintBytes && _at < end; i++)
        {
            byte part = _file[_at++];
            value |= (ulong)(part & 0x7F) << (7 * i);
            if (part < 0x80)
                return value;
        }

        throw Damaged(_at == end ? "it ends within a number" : "a number is too long");
    }

    private ReadOnlySpan<byte> Take(int length)
    {
        if (length > end - _at)
            throw Damaged($"field {Field} is said to be longer than the rest of its message, {end - _at} bytes");
        ReadOnlySpan<byte> bytes = _file.Slice(_at, length);
        _at += length;
        return bytes;
    }

    private enum WireType
    {
        Varint = 0,
        Fixed64 = 1,
        Bytes = 2,
        Fixed32 = 5,
    }
}
