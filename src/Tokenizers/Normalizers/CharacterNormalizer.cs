using System.Buffers;
using Thaw.Tokenizers.Scratch;

namespace Thaw.Tokenizers.Normalizers;

/// <summary>A normalizer that maps each character independently of the others.</summary>
/// <param name="unchanged">Bytes of characters that are certainly kept; a leading byte only if all its characters are.</param>
internal abstract class CharacterNormalizer(SearchValues<byte> unchanged) : Normalizer
{
    protected const int Removed = -1;

    public override bool IsLocal => true;

    public override void Normalize(Workspace work)
    {
        TextBuffer from = work.Text;
        TextBuffer to = work.Spare;
        int at = from.Bytes.IndexOfAnyExcept(unchanged);
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

            int kept = from.Bytes[at..].IndexOfAnyExcept(unchanged);
            int end = kept < 0 ? from.Length : at + kept;
            to.Append(from, at, end);
            at = end;
        }

        work.SwapText();
    }

    /// <summary>What a character becomes: <see cref="Removed"/>, one character, or two if <paramref name="second"/> is not 0.</summary>
    protected abstract int Map(int scalar, out int second);

    /// <summary>ASCII without the characters that change, and the ideographs and syllables from U+4000 to U+9FFF and U+B000 to U+CFFF.</summary>
    protected static SearchValues<byte> AllExcept(Func<byte, bool> changes) => SearchValues.Create(
        [.. Enumerable.Range(0, 256).Select(value => (byte)value)
            .Where(value => value < 0x80 ? !changes(value) : value is < 0xC0 or >= 0xE4 and <= 0xE9 or 0xEB or 0xEC)]);
}
