using Thaw.Tokenizers.Scratch;

namespace Thaw.Tokenizers.Normalizers;

/// <summary>
/// Writes what the charsmap makes of a text. Where each character came from follows the reference: characters are replaced
/// one by one, more are inserted, fewer take the rest along; one that goes without a trace is taken along by the character
/// written before it, and by none at the beginning, which then shifts the origins of all that follows.
/// </summary>
internal ref struct PrecompiledWriter(TextBuffer from, TextBuffer to)
{
    private const int None = -1;

    // Bytes of the text before that are replaced or gone, as the reference counts.
    private int _read;

    // The last character, which may still take others along. Only where origins are kept.
    private int _pending = None;
    private int _change;

    /// <summary>Characters that stay as they are.</summary>
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
