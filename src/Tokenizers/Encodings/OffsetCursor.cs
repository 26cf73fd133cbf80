using System.Text;

namespace Thaw.Tokenizers.Encodings;

/// <summary>Converts byte offsets in one text into other units. It continues from the previous offset, so that offsets that mostly grow take one pass
/// over the text.</summary>
public struct OffsetCursor(OffsetUnit unit)
{
    private int _byte;
    private int _units;

    /// <summary>The offset in units.</summary>
    /// <param name="text">UTF-8, the same in each call.</param>
    /// <param name="offset">In bytes; the start of a character, or the end of the text.</param>
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

        // Offsets decrease only at combining marks that canonical ordering has moved.
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
