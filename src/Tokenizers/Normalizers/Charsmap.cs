using System.Buffers.Binary;
using System.Text.Unicode;

namespace Thaw.Tokenizers.Normalizers;

/// <summary>
/// SentencePiece's precompiled_charsmap: a double array (Darts) from texts to places in a block of texts that end with a
/// zero byte. Positions are checked at each step, so that a damaged one can yield wrong text at the worst.
/// </summary>
internal sealed class Charsmap
{
    private const uint LeafBit = 1 << 8;
    private const uint LabelMask = 1u << 31 | 0xFF;
    private const uint ValueMask = (1u << 31) - 1;

    private readonly uint[] _units;
    private readonly byte[] _texts;

    private Charsmap(uint[] units, byte[] texts)
    {
        _units = units;
        _texts = texts;
    }

    /// <summary>Reads the format: bytes of the double array, its units, the texts, all little-endian. Null, and why, if it is damaged.</summary>
    public static Charsmap? TryRead(ReadOnlySpan<byte> bytes, out string reason)
    {
        reason = "";
        if (bytes.Length < sizeof(uint))
            reason = $"it has {bytes.Length} bytes, which are too few.";
        else if (BinaryPrimitives.ReadUInt32LittleEndian(bytes) is var size && (size == 0 || size % sizeof(uint) != 0 || size > bytes.Length - sizeof(uint)))
            reason = $"its array is said to have {size} bytes, of {bytes.Length - sizeof(uint)} that are there.";
        else if (!Utf8.IsValid(bytes[(sizeof(uint) + (int)size)..]))
            reason = "its texts are not UTF-8.";
        else
        {
            var units = new uint[size / sizeof(uint)];
            for (int i = 0; i < units.Length; i++)
                units[i] = BinaryPrimitives.ReadUInt32LittleEndian(bytes[(sizeof(uint) * (i + 1))..]);
            var charsmap = new Charsmap(units, bytes[(sizeof(uint) + (int)size)..].ToArray());
            if (charsmap.HasSoundTexts())
                return charsmap;
            reason = "it points behind its texts.";
        }

        return null;
    }

    /// <summary>What stands for the shortest text of the map that <paramref name="key"/> begins with: the reference takes that one.</summary>
    public bool TryFind(ReadOnlySpan<byte> key, out ReadOnlySpan<byte> text)
    {
        uint at = Offset(_units[0]);
        foreach (byte value in key)
        {
            at ^= value;
            if (value == 0 || at >= (uint)_units.Length)
                break;
            uint unit = _units[at];
            if ((unit & LabelMask) != value)
                break;
            at ^= Offset(unit);
            if ((unit & LeafBit) != 0 && at < (uint)_units.Length)
                return TryText(_units[at] & ValueMask, out text);
        }

        text = default;
        return false;
    }

    /// <summary>Whether any text of the map begins with the byte.</summary>
    public bool HasFirst(byte value)
    {
        uint at = Offset(_units[0]) ^ value;
        return at < (uint)_units.Length && (_units[at] & LabelMask) == value;
    }

    private bool TryText(uint start, out ReadOnlySpan<byte> text)
    {
        text = default;
        if (start > (uint)_texts.Length || (start < (uint)_texts.Length && IsContinuation(_texts[start])))
            return false;
        text = _texts.AsSpan((int)start);
        int length = text.IndexOf((byte)0);
        text = length < 0 ? text : text[..length];
        return true;
    }

    // Only units with the highest bit are values; no label has it.
    private bool HasSoundTexts()
    {
        foreach (uint unit in _units)
        {
            if (unit > ValueMask && !TryText(unit & ValueMask, out _))
                return false;
        }

        return true;
    }

    private static bool IsContinuation(byte value) => (value & 0xC0) == 0x80;

    private static uint Offset(uint unit) => unit >> 10 << (int)((unit & 1 << 9) >> 6);
}
