using System.Text;

namespace Thaw.Onnx.Format;

/// <summary>Reads the fields of a message in memory, one after another.</summary>
internal ref struct FieldReader(ReadOnlyMemory<byte> message)
{
    private int _start;
    private int _end;
    private ProtoField _field;

    public readonly int Number => _field.Number;

    public readonly WireType Type => _field.Type;

    public readonly long Integer => (long)_field.Value;

    public readonly ReadOnlyMemory<byte> Content => message[(_start + _field.HeaderLength).._end];

    /// <summary>The whole field, including its tag and length.</summary>
    public readonly ReadOnlyMemory<byte> Field => message[_start.._end];

    /// <summary>Refuses bytes that are not UTF-8: they would become U+FFFD, so an edited copy would lose them.</summary>
    /// <exception cref="ModelFormatException">It is not UTF-8.</exception>
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

    /// <summary>Moves to the next field; false after the last one.</summary>
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
