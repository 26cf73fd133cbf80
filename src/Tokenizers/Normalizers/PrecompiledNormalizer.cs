using System.Buffers;
using Thaw.Tokenizers.Scratch;
using Thaw.Tokenizers.Unicode;

namespace Thaw.Tokenizers.Normalizers;

/// <summary>
/// SentencePiece's normalization as the reference applies it: a grapheme cluster of fewer than six bytes is looked up as a whole; if that
/// fails, or if it is longer, each of its characters is looked up separately.
/// </summary>
internal sealed class PrecompiledNormalizer : Normalizer
{
    private const int LongestWhole = 5;

    private readonly Charsmap _map;

    // ASCII characters except carriage return, and leading bytes of ideographs, that the map does not change, with the bytes that may
    // follow these. Each such character is a cluster of its own unless the character after it joins it.
    private readonly SearchValues<byte> _unchanged;
    private readonly bool _isLocal;

    public PrecompiledNormalizer(Charsmap map)
    {
        _map = map;
        bool[] changes = [.. Enumerable.Range(0, 256).Select(value => value < 0x80 ? _map.TryFind([(byte)value], out _) : _map.HasFirst((byte)value))];
        _unchanged = SearchValues.Create([.. Enumerable.Range(0, 256).Select(value => (byte)value)
            .Where(value => value is < 0x80 and not (byte)'\r' or >= 0xE4 and <= 0xE9 ? !changes[value] : value is >= 0x80 and < 0xC0)]);
        _isLocal = !changes[' '] && Enumerable.Range('!', '~' - '!' + 1).All(value => !changes[value] || IsVisible((byte)value));
    }

    public override bool IsLocal => _isLocal;

    // Removing characters at the beginning of a text shifts the origins of everything after them.
    public override bool HasLocalOrigins => false;

    public override void Normalize(Workspace work)
    {
        TextBuffer from = work.Text;
        int at = UnchangedLength(from.Bytes);
        if (at == from.Length)
            return;
        work.Spare.Clear(from.Tracks);
        var writer = new PrecompiledWriter(from, work.Spare);
        writer.Keep(0, at);
        while (at < from.Length)
        {
            ReadOnlySpan<byte> rest = from.Bytes[at..];
            int cluster = GraphemeBreak.NextLength(rest);
            if (cluster <= LongestWhole && _map.TryFind(rest[..cluster], out ReadOnlySpan<byte> text))
                writer.Replace(rest[..cluster], text);
            else
                WriteCharacters(at, rest[..cluster], ref writer);
            at += cluster;
            int unchanged = UnchangedLength(from.Bytes[at..]);
            writer.Keep(at, at + unchanged);
            at += unchanged;
        }

        writer.End();
        work.SwapText();
    }

    private void WriteCharacters(int start, ReadOnlySpan<byte> cluster, ref PrecompiledWriter writer)
    {
        for (int at = 0; at < cluster.Length;)
        {
            int length = Utf8Text.LengthFrom(cluster[at]);
            ReadOnlySpan<byte> character = cluster.Slice(at, length);
            if (_map.TryFind(character, out ReadOnlySpan<byte> text))
                writer.Replace(character, text);
            else
                writer.Keep(start + at, start + at + length);
            at += length;
        }
    }

    private bool IsVisible(byte value) => _map.TryFind([value], out ReadOnlySpan<byte> text) && text is [> (byte)' ' and < 0x7F];

    /// <summary>Bytes of the clusters at the beginning that are certainly kept.</summary>
    private int UnchangedLength(ReadOnlySpan<byte> text)
    {
        int length = text.IndexOfAnyExcept(_unchanged);
        if (length < 0)
            return text.Length;
        if (length == 0 || text[length] < 0x80)
            return length;
        // The next character may join the last one.
        do
            length--;
        while (text[length] is >= 0x80 and < 0xC0);
        return length;
    }
}
