using Thaw.Tokenizers.Scratch;

namespace Thaw.Tokenizers.Normalizers;

/// <summary>
/// Writes the text that the charsmap maps to. Origins follow the reference: characters are replaced one by one; additional ones count as
/// inserted; if there are fewer, the last one also stands for the rest. A character that is removed counts to the one written before it;
/// at the beginning of the text there is none, and the origins of everything after it are shifted.
/// </summary>
internal ref struct PrecompiledWriter(TextBuffer from, TextBuffer to)
{
    private const int None = -1;

    // Bytes of the original text that have been replaced or removed so far, as the reference counts them.
    private int _read;

    // The last character, which further removed characters may still count to. Used only if origins are kept.
    private int _pending = None;
    private int _change;

    /// <summary>Writes characters that do not change.</summary>
    public void Keep(int start, int end)
    {
        if (!to.Tracks)
        {
            to.Append(from, start, end);
            return;
        }

        while (start < end)
        {
            Add(Utf8Text.Decode(from.Bytes, start, out int length), change: 0);
            start += length;
        }
    }

    public void Replace(ReadOnlySpan<byte> old, ReadOnlySpan<byte> text)
    {
        if (!to.Tracks)
        {
            to.Append(text, default);
            return;
        }

        int left = Utf8Text.CountCharacters(old);
        for (int at = 0; at < text.Length;)
        {
            Add(Utf8Text.Decode(text, at, out int length), change: left > 0 ? 0 : 1);
            at += length;
            left = Math.Max(left - 1, 0);
        }

        _change -= left;
    }

    public void End()
    {
        if (_pending == None)
            return;
        to.Append(_pending, _change > 0 ? from.OriginOf(_read - 1, _read) : from.OriginOf(_read, _read + 1));
        for (int gone = 1 - _change; gone > 0; gone--)
            _read += Utf8Text.LengthFrom(from.Bytes[_read]);
    }

    private void Add(int scalar, int change)
    {
        End();
        (_pending, _change) = (scalar, change);
    }
}
