using System.Buffers;
using Thaw.Tokenizers.Scratch;

namespace Thaw.Tokenizers.Normalizers;

/// <summary>A normalizer that looks at each character by itself.</summary>
/// <param name="plain">Bytes of characters that stay as they are, among them leading bytes whose characters all do.</param>
internal abstract class CharacterNormalizer(SearchValues<byte> plain) : Normalizer
{
    protected const int Removed = -1;

    public override bool IsLocal => true;

    public override void Normalize(Workspace work)
    {
        TextBuffer from = work.Text;
        TextBuffer to = work.Spare;
        int at = from.Bytes.IndexOfAnyExcept(plain);
        if (at < 0)
            return;
        to.Clear(from.Tracks);
        to.Append(from, 0, at);
        while (at < from.Length)
        {
            int mapped = Map(Utf8Text.Decode(from.Bytes, at, out int length), out int second);
            Origin origin = from.OriginOf(at, at + length);
            if (mapped != Removed)
                to.Append(mapped, origin);
            if (second != 0)
                to.Append(second, origin);
            at += length;

            int kept = from.Bytes[at..].IndexOfAnyExcept(plain);
            int end = kept < 0 ? from.Length : at + kept;
            to.Append(from, at, end);
            at = end;
        }

        work.SwapText();
    }

    /// <summary>What a character becomes: <see cref="Removed"/>, one character, or two where <paramref name="second"/> is not 0.</summary>
    protected abstract int Map(int scalar, out int second);

    /// <summary>ASCII but what is named, and the ideographs and syllables from U+4000 to U+9FFF and U+B000 to U+CFFF.</summary>
    protected static SearchValues<byte> PlainBut(Func<byte, bool> concerns) => SearchValues.Create(
        [.. Enumerable.Range(0, 256).Select(value => (byte)value).Where(value => value < 0x80 ? !concerns(value) : value is < 0xC0 or >= 0xE4 and <= 0xE9 or 0xEB or 0xEC)]);
}
