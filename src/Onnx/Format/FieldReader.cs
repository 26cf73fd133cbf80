using System.Text;

namespace Thaw.Onnx.Format;

/// <summary>Goes through the fields of a message in memory.</summary>
internal ref struct FieldReader(ReadOnlyMemory<byte> message)
{
    private int _start;
    private int _end;
    private ProtoField _field;

    public readonly int Number => _field.Number;

    public readonly WireType Type => _field.Type;

    public readonly long Integer => (long)_field.Value;

    public readonly ReadOnlyMemory<byte> Content => message[(_start + _field.HeaderLength).._end];

    /// <summary>The whole field, tag and length among it.</summary>
    public readonly ReadOnlyMemory<byte> Field => message[_start.._end];

    /// <summary>Bytes that are no UTF-8 come back as U+FFFD, so an edited copy would not have them: the file is not taken.</summary>
    public readonly string Text
    {
        get
        {
            try
            {
                return Strict.GetString(Content.Span);
            }
            catch (DecoderFallbackException)
            {
                throw new ModelFormatException("a name is not UTF-8");
            }
        }
    }

    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Steps to the next field; false behind the last.</summary>
    /// <exception cref="ModelFormatException">The message is damaged.</exception>
    public bool Next()
    {
        _start = _end;
        if (_start == message.Length) return false;
        _field = ProtoField.Parse(message.Span[_start..]);
        int left = message.Length - _start - _field.HeaderLength;
        if (_field.ContentLength > left) throw new ModelFormatException("it ends within a field");
        _end = _start + _field.HeaderLength + (int)_field.ContentLength;
        return true;
    }

    public readonly bool Is(int number, WireType type) => _field.Number == number && _field.Type == type;
}
