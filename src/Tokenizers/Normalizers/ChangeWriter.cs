using Thaw.Tokenizers.Scratch;
using Thaw.Tokenizers.Unicode;

namespace Thaw.Tokenizers.Normalizers;

/// <summary>
/// Writes normalized text, and derives the origin of each character from the changes. The reference's rule: a replacement has the origin
/// of the replaced character, an inserted character that of the last character that was removed or replaced before it.
/// </summary>
internal ref struct ChangeWriter(TextBuffer from, TextBuffer to) : INormalizationSink
{
    // Bytes of the original text that have been kept, replaced or removed so far.
    private int _read;

    public void Keep(scoped ReadOnlySpan<byte> utf8)
    {
        to.Append(from, _read, _read + utf8.Length);
        _read += utf8.Length;
    }

    public void Add(int scalar, int change)
    {
        Origin origin = change > 0 ? from.OriginOf(_read - 1, _read) : from.OriginOf(_read, _read + 1);
        to.Append(scalar, origin);
        for (int gone = 1 - change; gone > 0; gone--)
            _read += Utf8Text.LengthFrom(from.Bytes[_read]);
    }
}
