using System.Buffers.Binary;
using System.Text.Unicode;

namespace Thaw.Tokenizers.Normalizers;

/// <summary>
/// SentencePiece's precompiled_charsmap: a double-array trie (Darts) from texts to positions in a block of texts that each end with a
/// zero byte. Positions are checked at each step, so that the worst a damaged map can do is to give wrong text.
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

    /// <summary>Reads the format: length of the double array in bytes, its units, the texts, all little-endian.</summary>
    /// <returns>Null, with the reason, if it is damaged.</returns>
    public static Charsmap? TryRead(ReadOnlySpan<byte> bytes, out string reason)
    {
        reason = "";
        if (bytes.Length < sizeof(uint))
            reason = $"it has only {bytes.Length} bytes.";
        else if (BinaryPrimitives.ReadUInt32LittleEndian(bytes) is var size && (size == 0 || size % sizeof(uint) != 0 || size > bytes.Length - sizeof(uint)))
            reason = $"the length of its array is given as {size} bytes, but {bytes.Length - sizeof(uint)} bytes follow.";
        else if (!Utf8.IsValid(bytes[(sizeof(uint) + (int)size)..]))
            reason = "its texts are not UTF-8.";
        else
        {
            var units = new uint[size / sizeof(uint)];
            for (int i = 0; i < units.Length; i++)
                units[i] = BinaryPrimitives.ReadUInt32LittleEndian(bytes[(sizeof(uint) * (i + 1))..]);
            var charsmap = new Charsmap(units, bytes[(sizeof(uint) + (int)size)..].ToArray());
            if (charsmap.HasValidTexts())
                return charsmap;
            reason = "it points outside its texts.";
        }

        return null;
    }

    /// <summary>Finds the replacement of the shortest text of the map that <paramref name="key"/> begins with; the reference uses the shortest too.</summary>
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
    private bool HasValidTexts()
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
