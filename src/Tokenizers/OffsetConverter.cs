using System.Text;

namespace Thaw.Tokenizers;

/// <summary>Turns byte offsets into other units. Linear in the text as long as the offsets mostly grow.</summary>
internal ref struct OffsetConverter(ReadOnlySpan<byte> text, OffsetUnit unit)
{
    private readonly ReadOnlySpan<byte> _text = text;
    private int _byte;
    private int _units;

    public static void Convert(ReadOnlySpan<byte> text, Span<Origin> origins, OffsetUnit unit)
    {
        if (unit == OffsetUnit.Byte)
            return;
        var converter = new OffsetConverter(text, unit);
        foreach (ref Origin origin in origins)
        {
            int start = converter.At(origin.Start);
            origin = new Origin(start, converter.At(origin.End));
        }
    }

    private int At(int offset)
    {
        while (_byte < offset)
        {
            Rune.DecodeFromUtf8(_text[_byte..], out Rune rune, out int length);
            _byte += length;
            _units += Units(rune);
        }

        // Only marks that canonical order moved make offsets go back.
        while (_byte > offset)
        {
            Rune.DecodeLastFromUtf8(_text[.._byte], out Rune rune, out int length);
            _byte -= length;
            _units -= Units(rune);
        }

        return _units;
    }

    private readonly int Units(Rune rune) => unit == OffsetUnit.Utf16 ? rune.Utf16SequenceLength : 1;
}
