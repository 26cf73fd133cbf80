using System.Text;

namespace Thaw.Tokenizers.Encodings;

/// <summary>Turns byte offsets of one text into other units. It goes on from where it stands, so that offsets which mostly grow cost a walk over the text.</summary>
public struct OffsetCursor(OffsetUnit unit)
{
    private int _byte;
    private int _units;

    /// <param name="text">UTF-8, the same in each call.</param>
    /// <param name="offset">In bytes; where a character begins, or the end.</param>
    public int At(ReadOnlySpan<byte> text, int offset)
    {
        if (unit == OffsetUnit.Byte)
            return offset;
        while (_byte < offset)
        {
            Rune.DecodeFromUtf8(text[_byte..], out Rune rune, out int length);
            _byte += length;
            _units += Units(rune);
        }

        // Only marks that canonical order moved make offsets go back.
        while (_byte > offset)
        {
            Rune.DecodeLastFromUtf8(text[.._byte], out Rune rune, out int length);
            _byte -= length;
            _units -= Units(rune);
        }

        return _units;
    }

    private readonly int Units(Rune rune) => unit == OffsetUnit.Utf16 ? rune.Utf16SequenceLength : 1;
}
