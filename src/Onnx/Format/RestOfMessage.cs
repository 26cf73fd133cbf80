using System.Buffers;

namespace Thaw.Onnx.Format;

/// <summary>Collects the fields of a message that its type does not know, so that an edited copy keeps them.</summary>
internal struct RestOfMessage
{
    private ReadOnlyMemory<byte> _first;
    private ArrayBufferWriter<byte>? _all;

    public readonly ReadOnlyMemory<byte> Bytes => _all?.WrittenMemory ?? _first;

    // Usually there is none, or one; but each element of a tensor can be a field of its own.
    public void Add(ReadOnlyMemory<byte> field)
    {
        if (_first.IsEmpty)
        {
            _first = field;
            return;
        }

        if (_all is null)
        {
            _all = new ArrayBufferWriter<byte>();
            _all.Write(_first.Span);
        }

        _all.Write(field.Span);
    }
}
